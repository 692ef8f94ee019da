// Where pods may run: every program of the system is made for Linux.

/**
 * Node selector of every pod. Without it the scheduler gives a Linux image to a Windows node, which can't start it:
 * https://kubernetes.io/docs/concepts/windows/user-guide/#ensuring-os-specific-workloads-land-on-the-appropriate-container-host
 */
export const onLinux: Readonly<Record<string, string>> = { "kubernetes.io/os": "linux" };
