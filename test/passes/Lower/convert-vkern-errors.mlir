// RUN: vspec-opt %s --vspec-convert-vkern=target=sse --verify-diagnostics

// expected-error @below {{vkern has no target 'sse', only generic, avx2, avxvnni, avx512, neon, neon-i8mm, nvptx}}
module {
}
