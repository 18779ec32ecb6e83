// RUN: vspec-opt %s --vspec-plan-kv | FileCheck %s --check-prefix=DEFAULT
// RUN: vspec-opt %s --vspec-plan-kv="context=100" | FileCheck %s --check-prefix=SHORT

// No more tokens than there are learned positions, however few.
// DEFAULT:      module @learned
// DEFAULT-SAME: vspec.context = 128 : i64
// SHORT:        module @learned
// SHORT-SAME:   vspec.context = 100 : i64
module @learned {
  vspec.weight @token_embd : !vspec.weight<512x64, "f32"> {source = "token_embd.weight"}
  vspec.weight @position_embd : !vspec.weight<128x64, "f32"> {source = "position_embd.weight"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x64xf32> {
    %x = vspec.embed @token_embd, %rows positions @position_embd : tensor<?x64xf32>
    return %x : tensor<?x64xf32>
  }
}
