// What each stage leaves behind passes its check, and no check changes anything.
// RUN: vspec-opt %s --vspec-verify-stage=after=import --vspec-select-formats="weights=int4" --vspec-quantize-activations \
// RUN:   --vspec-verify-stage=after=quantize --vspec-plan-kv --vspec-verify-stage=after=plan-kv --vspec-fuse-launches \
// RUN:   --vspec-verify-stage=after=fuse --vspec-pack-weights --vspec-verify-stage=after=pack --vspec-plan-memory \
// RUN:   --vspec-verify-stage=after=plan-memory | FileCheck %s --check-prefix=PLANNED
// RUN: vspec-opt %s > %t.before
// RUN: vspec-opt %s --vspec-verify-stage=after=import | diff - %t.before

// Every stage of vspec-compile can be read back, passes its check there, and gives the same with the next passes.
// vspec-opt ends with an empty line: grep drops it.
// RUN: vspec-compile %data/models/stories260K-f32.gguf --weights=int4 --stop-after=import -o %t.import
// RUN: vspec-compile %data/models/stories260K-f32.gguf --weights=int4 --stop-after=quantize -o %t.quantize
// RUN: vspec-compile %data/models/stories260K-f32.gguf --weights=int4 --stop-after=plan-kv -o %t.plan-kv
// RUN: vspec-compile %data/models/stories260K-f32.gguf --weights=int4 --stop-after=fuse -o %t.fuse
// RUN: vspec-compile %data/models/stories260K-f32.gguf --weights=int4 --stop-after=pack -o %t.pack
// RUN: vspec-compile %data/models/stories260K-f32.gguf --weights=int4 --stop-after=plan-memory -o %t.plan-memory
// RUN: vspec-opt %t.import --vspec-verify-stage=after=import | grep . | diff - %t.import
// RUN: vspec-opt %t.import --vspec-select-formats="weights=int4" --vspec-quantize-activations | grep . | diff - %t.quantize
// RUN: vspec-opt %t.quantize --vspec-verify-stage=after=quantize --vspec-plan-kv | grep . | diff - %t.plan-kv
// RUN: vspec-opt %t.plan-kv --vspec-verify-stage=after=plan-kv --vspec-fuse-launches | grep . | diff - %t.fuse
// RUN: vspec-opt %t.fuse --vspec-verify-stage=after=fuse --vspec-pack-weights | grep . | diff - %t.pack
// RUN: vspec-opt %t.plan-memory --vspec-verify-stage=after=plan-memory | grep . | diff - %t.plan-memory
// Text has no locations, which names come from.
// RUN: vspec-opt %t.pack --vspec-verify-stage=after=pack --vspec-plan-memory | grep . | sed -E 's/"[^"]*" ?(\[|grid)/\1/' > %t.planned
// RUN: sed -E 's/"[^"]*" ?(\[|grid)/\1/' %t.plan-memory | diff - %t.planned
// RUN: vspec-opt %t.plan-memory --vspec-build-kernels | FileCheck %s --check-prefix=BUILT
// BUILT: func.func @embed_0.tile

vspec.weight @embd : !vspec.weight<32x64, "f32"> {source = "embd"}
vspec.weight @up : !vspec.weight<32x64, "f32"> {source = "up"}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>

// PLANNED: vexec.program @step
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.embed @embd, %rows : tensor<?x64xf32>
  %k = vspec.linear %x, @up : tensor<?x64xf32> -> tensor<?x32xf32>
  vspec.kv_append %k, %k, %rows, @cache : tensor<?x32xf32>, tensor<?x32xf32>
  %a = vspec.attention %k, %rows, @cache {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
  return %a : tensor<?x32xf32>
}
