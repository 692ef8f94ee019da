// The SDK ships this module's types in another folder than its code.

declare module "@aws-sdk/credential-provider-node/dist-es/runtime/memoize-chain.js" {
    export { memoizeChain } from "@aws-sdk/credential-provider-node/dist-types/runtime/memoize-chain.js";
}
