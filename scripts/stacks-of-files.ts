// Which stacks a changed file belongs to.

/** What no stack is made of. Whatever is not named here may be part of every stack. */
const apartFromStacks = [
    /\.md$/,
    /^(\.ci|\.github|\.vscode|bench|docs|lab|scripts|test)\//,
    /^(\.editorconfig|\.gitignore|LICENSE|Makefile|biome\.json|renovate\.json)$/,
];

/**
 * The stacks that a change of files can alter, in the order of `stacks`.
 *
 * @param files paths from the root of the repository
 * @param stacks every stack
 */
export function touchedStacks(files: readonly string[], stacks: readonly string[]): readonly string[] {
    const own = new Map(stacks.map((stack) => [`Pulumi.${stack}.yaml`, stack]));
    const parts = files.filter((file) => !apartFromStacks.some((pattern) => pattern.test(file)));
    return parts.some((file) => !own.has(file))
        ? stacks
        : stacks.filter((stack) => parts.some((file) => own.get(file) === stack));
}
