// Numbers as the Pulumi CLI reads them from a stack's file. It takes more for a number than people mean by it (030 is 24,
// 1_000 and 1e3 are 1000), and hands over only what it has made of it, so that the file alone tells what was written.

/** A plain decimal, which everybody reads alike. */
const plainDecimal = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/** As resolve.go of gopkg.in/yaml.v3 has it, which the CLI reads files with. */
const yamlFloat = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
/** Whole numbers as Go's strconv.ParseInt reads them with base 0: https://pkg.go.dev/strconv#ParseInt */
const goInteger = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))$/;

/**
 * What the Pulumi CLI makes of a text without quotes that it takes for a number, but that is not written as a plain
 * decimal; undefined for a plain decimal and for what is no number to it.
 */
export function otherNumber(written: string): string | undefined {
    if (plainDecimal.test(written) || !/^[-+.0-9]/.test(written)) {
        return undefined;
    }
    const text = written.replaceAll("_", "");
    const [, sign = "", hexadecimal, binary, octal, decimal] = goInteger.exec(text) ?? [];
    const digits = [
        ["0x", hexadecimal],
        ["0b", binary],
        ["0o", octal],
        ["", decimal],
    ].find(([, found]) => found !== undefined);
    if (digits !== undefined) {
        const value = BigInt(`${digits[0]}${digits[1]}`);
        return String(sign === "-" ? -value : value);
    }
    return yamlFloat.test(text) ? String(Number(text)) : undefined;
}
