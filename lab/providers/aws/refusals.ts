// Errors of AWS that are answers: the thing asked for is not there.

/**
 * The result of `call`, or `undefined` when AWS says that the thing is not there.
 *
 * @param names error codes that say so, for example `NoSuchEntityException`
 */
export async function ifThere<T>(call: Promise<T>, ...names: readonly string[]): Promise<T | undefined> {
    try {
        return await call;
    } catch (error) {
        if (error instanceof Error && names.includes(error.name)) {
            return undefined;
        }
        throw error;
    }
}
