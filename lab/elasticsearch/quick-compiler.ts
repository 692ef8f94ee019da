// How the lab's Elasticsearch compiles: with the JVM's quick compiler only. The optimising one takes half of the processor
// time of a start and of the minute after it, which is all that a test sees of a node.

/** Option of the JVM: https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html#advanced-jit-compiler-options-for-java */
export const quickCompiler = "-XX:TieredStopAtLevel=1";
