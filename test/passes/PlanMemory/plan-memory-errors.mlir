// RUN: split-file %s %t
// RUN: vspec-opt %t/rows.mlir --vspec-plan-memory=decode-rows=0 --verify-diagnostics
// RUN: vspec-opt %t/fewer.mlir --vspec-plan-memory="decode-rows=8 prefill-rows=4" --verify-diagnostics
// RUN: vspec-opt %t/many.mlir --vspec-plan-memory=prefill-rows=4097 --verify-diagnostics
// RUN: vspec-opt %t/step.mlir --vspec-plan-memory --split-input-file --verify-diagnostics
// RUN: vspec-opt %t/arena.mlir --vspec-plan-memory --verify-diagnostics
// RUN: vspec-opt %t/launches.mlir --vspec-plan-memory --split-input-file --verify-diagnostics

//--- rows.mlir
// expected-error @below {{decode-rows is 0 and prefill-rows 64, expected at least 1, no less than that, and at most 4096}}
module {}

//--- fewer.mlir
// expected-error @below {{decode-rows is 8 and prefill-rows 4, expected at least 1, no less than that, and at most 4096}}
module {}

//--- many.mlir
// expected-error @below {{decode-rows is 1 and prefill-rows 4097, expected at least 1, no less than that, and at most 4096}}
module {}

//--- step.mlir
// expected-error @below {{has no function @step}}
module {}

// -----

// expected-error @below {{has no function @step}}
module {
  func.func private @step(%rows: !vspec.rows)
}

// -----

vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
// expected-error @below {{'func.func' op takes 'tensor<?x32xf32>', expected !vspec.rows and tensor<?xi32>}}
func.func @step(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %y = vspec.fused (%r = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
    %z = vspec.linear %r, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    vspec.yield %z : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

// -----

vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
  // expected-error @below {{'vspec.embed' op is outside of all launches; vspec-fuse-launches comes first}}
  %x = vspec.embed @w, %rows : tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}

// -----

// expected-error @below {{'func.func' op must return one value that a launch makes: the logits}}
func.func @step() {
  return
}

// -----

// expected-error @below {{'func.func' op must return one value that a launch makes: the logits}}
func.func @step(%select: tensor<?xi32>) -> tensor<?xi32> {
  return %select : tensor<?xi32>
}

// -----

func.func @step(%rows: !vspec.rows) -> !vspec.rows {
  // expected-error @below {{'vspec.fused' op yields what it takes, but a launch can only write what it makes}}
  %y = vspec.fused (%r = %rows : !vspec.rows) -> !vspec.rows {
    vspec.yield %r : !vspec.rows
  }
  return %y : !vspec.rows
}

// -----

vspec.weight @w34 : !vspec.weight<32x34, "f32", rows16> {source = "w34"}
vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @w, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %parts = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x34xf32> {
    %e = vspec.embed @w34, %r : tensor<?x34xf32>
    vspec.yield %e : tensor<?x34xf32>
  }
  %y = vspec.fused (%in = %x : tensor<?x32xf32>, %again = %x : tensor<?x32xf32>, %p = %parts : tensor<?x34xf32>, %r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    // expected-error @below {{'vspec.merge_splits' op writes over its output, so that must come from a launch and be read nowhere else}}
    %m = vspec.merge_splits %in, %p, %r {heads = 1 : i64} : tensor<?x32xf32>, tensor<?x34xf32>
    vspec.yield %m : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

//--- arena.mlir
vspec.weight @w : !vspec.weight<32x4611686018427387904, "f32", rows16> {source = "w"}
// expected-error @below {{variant 'decode': arena buffer 0: all buffers up to this one have 2^63 bytes or more together}}
func.func @step(%rows: !vspec.rows) -> tensor<?x4611686018427387904xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x4611686018427387904xf32> {
    %e = vspec.embed @w, %r : tensor<?x4611686018427387904xf32>
    vspec.yield %e : tensor<?x4611686018427387904xf32>
  }
  return %x : tensor<?x4611686018427387904xf32>
}

//--- launches.mlir
vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    // expected-error @below {{'vspec.embed' op needs a launch of its own, which yields its result}}
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    %z = vspec.linear %e, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    vspec.yield %z : tensor<?x32xf32>
  }
  return %x : tensor<?x32xf32>
}

// -----

vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
  vspec.fused (%r = %rows : !vspec.rows) {
    // expected-error @below {{'vspec.embed' op needs a launch of its own, which yields its result}}
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield
  }
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  return %x : tensor<?x32xf32>
}

// -----

vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  // expected-error @below {{'func.func' op has no embedding, attention, recurrence or linear to make tiles of}}
  %y = vspec.fused (%a = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
    %s = vspec.round_bf16 %a : tensor<?x32xf32>
    vspec.yield %s : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

// -----

// A linear of a linear.
vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @w : !vspec.weight<32x32, "int8", rows16> {source = "w"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %l = vspec.fused (%a = %x : tensor<?x32xf32>, %s = %select : tensor<?xi32>) -> tensor<?x32xf32> {
    // expected-error @below {{'vspec.linear' op cannot stand there: before a linear of a launch are norms, permutations, one row selection and, at last, one rounding}}
    %p = vspec.linear %a, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    %z = vspec.linear %p, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    vspec.yield %z : tensor<?x32xf32>
  }
  return %l : tensor<?x32xf32>
}

// -----

// Rounding is the last step.
vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @w : !vspec.weight<32x32, "int8", rows16> {source = "w"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %l = vspec.fused (%a = %x : tensor<?x32xf32>, %s = %select : tensor<?xi32>) -> tensor<?x32xf32> {
    // expected-error @below {{'vspec.quantize' op cannot stand there: before a linear of a launch are norms, permutations, one row selection and, at last, one rounding}}
    %q = vspec.quantize %a {block = 32 : i64} : tensor<?x32xf32>
    %n = vspec.rms_norm %q, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
    %z = vspec.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    vspec.yield %z : tensor<?x32xf32>
  }
  return %l : tensor<?x32xf32>
}

// -----

// Rows are selected once.
vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @w : !vspec.weight<32x32, "int8", rows16> {source = "w"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %l = vspec.fused (%a = %x : tensor<?x32xf32>, %s = %select : tensor<?xi32>) -> tensor<?x32xf32> {
    // expected-error @below {{'vspec.select_rows' op cannot stand there: before a linear of a launch are norms, permutations, one row selection and, at last, one rounding}}
    %p = vspec.select_rows %a, %s : tensor<?x32xf32>
    %q = vspec.select_rows %p, %s : tensor<?x32xf32>
    %z = vspec.linear %q, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    vspec.yield %z : tensor<?x32xf32>
  }
  return %l : tensor<?x32xf32>
}

// -----

// Two prologues.
vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @w : !vspec.weight<32x32, "int8", rows16> {source = "w"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %l = vspec.fused (%a = %x : tensor<?x32xf32>, %s = %select : tensor<?xi32>) -> tensor<?x32xf32> {
    %n = vspec.rms_norm %a, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
    %y = vspec.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    // expected-error @below {{'vspec.linear' op reads another prologue than the first linear of its launch}}
    %w = vspec.linear %a, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    %z = vspec.add %y, %w : tensor<?x32xf32>
    vspec.yield %z : tensor<?x32xf32>
  }
  return %l : tensor<?x32xf32>
}

// -----

// Two roundings.
vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @w : !vspec.weight<32x32, "int8", rows16> {source = "w"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %l = vspec.fused (%a = %x : tensor<?x32xf32>, %s = %select : tensor<?xi32>) -> tensor<?x32xf32> {
    %p = vspec.quantize %a {block = 32 : i64} : tensor<?x32xf32>
    %q = vspec.quantize %a {block = 16 : i64} : tensor<?x32xf32>
    %y = vspec.linear %p, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    // expected-error @below {{'vspec.linear' op reads rows rounded by blocks of 16, but a linear before by blocks of 32}}
    %w = vspec.linear %q, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    %z = vspec.add %y, %w : tensor<?x32xf32>
    vspec.yield %z : tensor<?x32xf32>
  }
  return %l : tensor<?x32xf32>
}

// -----

// A sum with the prepared row.
vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @w : !vspec.weight<32x32, "int8", rows16> {source = "w"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %l = vspec.fused (%a = %x : tensor<?x32xf32>, %s = %select : tensor<?xi32>) -> tensor<?x32xf32> {
    %n = vspec.rms_norm %a, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
    %y = vspec.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    // expected-error @below {{'vspec.add' op reads what a prologue prepares, but only linears can}}
    %z = vspec.add %y, %n : tensor<?x32xf32>
    vspec.yield %z : tensor<?x32xf32>
  }
  return %l : tensor<?x32xf32>
}

// -----

// A sum without the linear.
vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @w : !vspec.weight<32x32, "int8", rows16> {source = "w"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %l = vspec.fused (%a = %x : tensor<?x32xf32>, %s = %select : tensor<?xi32>) -> tensor<?x32xf32> {
    %y = vspec.linear %a, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    // expected-error @below {{'vspec.add' op is no epilogue: it reads the output of no linear of its launch}}
    %z = vspec.add %a, %a : tensor<?x32xf32>
    vspec.yield %z : tensor<?x32xf32>
  }
  return %l : tensor<?x32xf32>
}

// -----

vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @w : !vspec.weight<32x32, "int8", rows16> {source = "w"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %l:2 = vspec.fused (%a = %x : tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
    %n = vspec.rms_norm %a, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
    %z = vspec.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    // expected-error @below {{'func.return' op returns what no linear of the launch makes}}
    vspec.yield %z, %n : tensor<?x32xf32>, tensor<?x32xf32>
  }
  return %l#0 : tensor<?x32xf32>
}

// -----

vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @router : !vspec.weight<4x32, "f32", rows16> {source = "router"}
vspec.weight @exps : !vspec.weight<4x16x32, "f32", rows16> {source = "exps"}
vspec.weight @same : !vspec.weight<4x32x32, "f32", rows16> {source = "same"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
vspec.weight @gain2 : !vspec.weight<1x64, "f32", plain> {source = "gain2"}
vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %logits = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x4xf32> {
    %z = vspec.linear %in, @router : tensor<?x32xf32> -> tensor<?x4xf32>
    vspec.yield %z : tensor<?x4xf32>
  }
  %routes = vspec.fused (%in = %logits : tensor<?x4xf32>) -> !vspec.routes<experts = 4, chosen = 2> {
    %z = vspec.route %in {chosen = 2 : i64, scores = #vspec.scores<softmax>} : tensor<?x4xf32>
    vspec.yield %z : !vspec.routes<experts = 4, chosen = 2>
  }
  %y:2 = vspec.fused (%in = %x : tensor<?x32xf32>, %by = %routes : !vspec.routes<experts = 4, chosen = 2>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
    %a = vspec.linear %in, @exps by %by : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x32xf32>
    // expected-error @below {{'vspec.linear' op has other routes than the first linear of its launch}}
    %b = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    vspec.yield %a, %b : tensor<?x32xf32>, tensor<?x32xf32>
  }
  return %y#0 : tensor<?x32xf32>
}

// -----

vspec.weight @wide : !vspec.weight<4x16x64, "f32", rows16> {source = "wide"}
vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @router : !vspec.weight<4x32, "f32", rows16> {source = "router"}
vspec.weight @exps : !vspec.weight<4x16x32, "f32", rows16> {source = "exps"}
vspec.weight @same : !vspec.weight<4x32x32, "f32", rows16> {source = "same"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
vspec.weight @gain2 : !vspec.weight<1x64, "f32", plain> {source = "gain2"}
vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %logits = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x4xf32> {
    %z = vspec.linear %in, @router : tensor<?x32xf32> -> tensor<?x4xf32>
    vspec.yield %z : tensor<?x4xf32>
  }
  %routes = vspec.fused (%in = %logits : tensor<?x4xf32>) -> !vspec.routes<experts = 4, chosen = 2> {
    %z = vspec.route %in {chosen = 2 : i64, scores = #vspec.scores<softmax>} : tensor<?x4xf32>
    vspec.yield %z : !vspec.routes<experts = 4, chosen = 2>
  }
  %p = vspec.fused (%in = %x : tensor<?x32xf32>, %by = %routes : !vspec.routes<experts = 4, chosen = 2>) -> tensor<?x64xf32> {
    %a = vspec.linear %in, @same by %by : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x64xf32>
    vspec.yield %a : tensor<?x64xf32>
  }
  %y:2 = vspec.fused (%in = %p : tensor<?x64xf32>, %by = %routes : !vspec.routes<experts = 4, chosen = 2>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
    %a = vspec.linear %in, @exps by %by : tensor<?x64xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x32xf32>
    // expected-error @below {{'vspec.linear' op reads other parts of a row than the first linear of its launch}}
    %b = vspec.linear %in, @wide by %by : tensor<?x64xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x32xf32>
    vspec.yield %a, %b : tensor<?x32xf32>, tensor<?x32xf32>
  }
  return %y#0 : tensor<?x32xf32>
}

// -----

vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @router : !vspec.weight<4x32, "f32", rows16> {source = "router"}
vspec.weight @exps : !vspec.weight<4x16x32, "f32", rows16> {source = "exps"}
vspec.weight @same : !vspec.weight<4x32x32, "f32", rows16> {source = "same"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
vspec.weight @gain2 : !vspec.weight<1x64, "f32", plain> {source = "gain2"}
vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %logits = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x4xf32> {
    %z = vspec.linear %in, @router : tensor<?x32xf32> -> tensor<?x4xf32>
    vspec.yield %z : tensor<?x4xf32>
  }
  %routes = vspec.fused (%in = %logits : tensor<?x4xf32>) -> !vspec.routes<experts = 4, chosen = 2> {
    %z = vspec.route %in {chosen = 2 : i64, scores = #vspec.scores<softmax>} : tensor<?x4xf32>
    vspec.yield %z : !vspec.routes<experts = 4, chosen = 2>
  }
  %y = vspec.fused (%in = %x : tensor<?x32xf32>, %by = %routes : !vspec.routes<experts = 4, chosen = 2>) -> tensor<?x32xf32> {
    %q = vspec.quantize %in {block = 64 : i64, parts = 2 : i64} : tensor<?x32xf32>
    // expected-error @below {{'vspec.linear' op reads rows of 1 parts, which were rounded as 2}}
    %a = vspec.linear %q, @exps by %by : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x32xf32>
    vspec.yield %a : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

// -----

vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @router : !vspec.weight<4x32, "f32", rows16> {source = "router"}
vspec.weight @exps : !vspec.weight<4x16x32, "f32", rows16> {source = "exps"}
vspec.weight @same : !vspec.weight<4x32x32, "f32", rows16> {source = "same"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
vspec.weight @gain2 : !vspec.weight<1x64, "f32", plain> {source = "gain2"}
vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %logits = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x4xf32> {
    %z = vspec.linear %in, @router : tensor<?x32xf32> -> tensor<?x4xf32>
    vspec.yield %z : tensor<?x4xf32>
  }
  %routes = vspec.fused (%in = %logits : tensor<?x4xf32>) -> !vspec.routes<experts = 4, chosen = 2> {
    %z = vspec.route %in {chosen = 2 : i64, scores = #vspec.scores<softmax>} : tensor<?x4xf32>
    vspec.yield %z : !vspec.routes<experts = 4, chosen = 2>
  }
  %y = vspec.fused (%in = %x : tensor<?x32xf32>, %by = %routes : !vspec.routes<experts = 4, chosen = 2>, %s = %select : tensor<?xi32>) -> tensor<?x32xf32> {
    // expected-error @below {{'vspec.select_rows' op cannot stand there: experts read the rows of the whole step, and norms only those that all choices share}}
    %l = vspec.select_rows %in, %s : tensor<?x32xf32>
    %a = vspec.linear %l, @exps by %by : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x32xf32>
    vspec.yield %a : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

// -----

vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @router : !vspec.weight<4x32, "f32", rows16> {source = "router"}
vspec.weight @exps : !vspec.weight<4x16x32, "f32", rows16> {source = "exps"}
vspec.weight @same : !vspec.weight<4x32x32, "f32", rows16> {source = "same"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
vspec.weight @gain2 : !vspec.weight<1x64, "f32", plain> {source = "gain2"}
vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %logits = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x4xf32> {
    %z = vspec.linear %in, @router : tensor<?x32xf32> -> tensor<?x4xf32>
    vspec.yield %z : tensor<?x4xf32>
  }
  %routes = vspec.fused (%in = %logits : tensor<?x4xf32>) -> !vspec.routes<experts = 4, chosen = 2> {
    %z = vspec.route %in {chosen = 2 : i64, scores = #vspec.scores<softmax>} : tensor<?x4xf32>
    vspec.yield %z : !vspec.routes<experts = 4, chosen = 2>
  }
  %y = vspec.fused (%in = %x : tensor<?x32xf32>, %by = %routes : !vspec.routes<experts = 4, chosen = 2>) -> tensor<?x32xf32> {
    %a = vspec.linear %in, @exps by %by : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x32xf32>
    // expected-error @below {{'vspec.add_bias' op cannot follow there: behind experts are sums, gates and biases of the same routes}}
    %b = vspec.add_bias %a, @gain : tensor<?x32xf32>
    vspec.yield %b : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

// -----

vspec.weight @number : !vspec.weight<1x32, "f32", rows16> {source = "number"}
vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @router : !vspec.weight<4x32, "f32", rows16> {source = "router"}
vspec.weight @exps : !vspec.weight<4x16x32, "f32", rows16> {source = "exps"}
vspec.weight @same : !vspec.weight<4x32x32, "f32", rows16> {source = "same"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
vspec.weight @gain2 : !vspec.weight<1x64, "f32", plain> {source = "gain2"}
vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %logits = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x4xf32> {
    %z = vspec.linear %in, @router : tensor<?x32xf32> -> tensor<?x4xf32>
    vspec.yield %z : tensor<?x4xf32>
  }
  %routes = vspec.fused (%in = %logits : tensor<?x4xf32>) -> !vspec.routes<experts = 4, chosen = 2> {
    %z = vspec.route %in {chosen = 2 : i64, scores = #vspec.scores<softmax>} : tensor<?x4xf32>
    vspec.yield %z : !vspec.routes<experts = 4, chosen = 2>
  }
  %one = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
    %a = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    %g = vspec.linear %in, @number : tensor<?x32xf32> -> tensor<?x1xf32>
    // expected-error @below {{'vspec.scale_rows' op weighs rows by what its own launch makes}}
    %b = vspec.scale_rows %a, %g : tensor<?x32xf32>, tensor<?x1xf32>
    vspec.yield %b : tensor<?x32xf32>
  }
  return %one : tensor<?x32xf32>
}

// -----

vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @router : !vspec.weight<4x32, "f32", rows16> {source = "router"}
vspec.weight @exps : !vspec.weight<4x16x32, "f32", rows16> {source = "exps"}
vspec.weight @same : !vspec.weight<4x32x32, "f32", rows16> {source = "same"}
vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
vspec.weight @gain2 : !vspec.weight<1x64, "f32", plain> {source = "gain2"}
vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %logits = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x4xf32> {
    %z = vspec.linear %in, @router : tensor<?x32xf32> -> tensor<?x4xf32>
    vspec.yield %z : tensor<?x4xf32>
  }
  %routes = vspec.fused (%in = %logits : tensor<?x4xf32>) -> !vspec.routes<experts = 4, chosen = 2> {
    %z = vspec.route %in {chosen = 2 : i64, scores = #vspec.scores<softmax>} : tensor<?x4xf32>
    vspec.yield %z : !vspec.routes<experts = 4, chosen = 2>
  }
  %y = vspec.fused (%in = %x : tensor<?x32xf32>, %by = %routes : !vspec.routes<experts = 4, chosen = 2>) -> tensor<?x32xf32> {
    %a = vspec.linear %in, @same by %by : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x64xf32>
    // expected-error @below {{'vspec.combine' op cannot follow there: behind experts are sums, gates and biases of the same routes}}
    %b = vspec.combine %a, %by : tensor<?x64xf32>, <experts = 4, chosen = 2> -> tensor<?x32xf32>
    vspec.yield %b : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

// -----

vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
vspec.weight @w : !vspec.weight<32x32, "f32", rows16> {source = "w"}
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
    %e = vspec.embed @embd, %r : tensor<?x32xf32>
    vspec.yield %e : tensor<?x32xf32>
  }
  %one = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
    %a = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
    // expected-error @below {{'vspec.excess' op takes whole rows, but the linears of its launch make them tile by tile}}
    %b = vspec.excess %a {deviations = 1.5 : f32} : tensor<?x32xf32>
    vspec.yield %b : tensor<?x32xf32>
  }
  return %one : tensor<?x32xf32>
}
