// RUN: vspec-opt %s --vspec-fuse-launches --split-input-file --verify-diagnostics

func.func @sum_of_arguments(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error @below {{'vspec.add' op finds no place in a launch: the last of its inputs is not made by a linear}}
  %s = vspec.add %x, %x : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// -----

vspec.weight @a : !vspec.weight<32x32, "int4"> {source = "a"}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
func.func @sum_behind_attention(%x: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
  %q = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %o = vspec.attention %q, %rows, @cache {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
  // expected-error @below {{'vspec.add' op finds no place in a launch: the last of its inputs is not made by a linear}}
  %s = vspec.add %o, %q : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// -----

vspec.weight @a : !vspec.weight<32x32, "int4"> {source = "a"}
vspec.weight @gain : !vspec.weight<1x32, "f32"> {source = "gain"}
func.func @norm_with_a_linear_and_a_sum(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error @below {{'vspec.rms_norm' op finds no place in a launch: more than linears read it}}
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %a = vspec.linear %n, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  // expected-note @below {{read by 'vspec.add'}}
  %s = vspec.add %n, %a : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// -----

func.func @selected_rows_as_result(%x: tensor<?x32xf32>, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  // expected-error @below {{'vspec.select_rows' op finds no place in a launch: more than linears read it}}
  %s = vspec.select_rows %x, %select : tensor<?x32xf32>
  // expected-note @below {{read by 'func.return'}}
  return %s : tensor<?x32xf32>
}

// -----

vspec.weight @head_gain : !vspec.weight<1x8, "f32"> {source = "head_gain"}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
func.func @norm_by_head_before_attention(%x: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
  // expected-error @below {{'vspec.rms_norm' op finds no place in a launch: more than linears read it}}
  %n = vspec.rms_norm %x, @head_gain {epsilon = 1.0e-5 : f32, heads = 4 : i64} : tensor<?x32xf32>
  // expected-note @below {{read by 'vspec.attention'}}
  %o = vspec.attention %n, %rows, @cache {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
  return %o : tensor<?x32xf32>
}

// -----

vspec.weight @a : !vspec.weight<32x32, "int4"> {source = "a"}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
func.func @append_behind_its_attention(%x: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
  %q = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  // expected-note @below {{used here}}
  %o = vspec.attention %q, %rows, @cache {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
  // expected-error @below {{'vspec.kv_append' op joins the launch of its keys and values, but another use of the cache stands between}}
  vspec.kv_append %q, %q, %rows, @cache : tensor<?x32xf32>, tensor<?x32xf32>
  return %o : tensor<?x32xf32>
}

// -----

vspec.weight @a : !vspec.weight<32x32, "int4"> {source = "a"}
func.func @no_role(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %y = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  // expected-error @below {{'arith.addf' op has no role in a launch}}
  %z = arith.addf %y, %y : tensor<?x32xf32>
  return %z : tensor<?x32xf32>
}

// -----

// expected-error @below {{'func.func' op has 2 blocks, expected one list of operations}}
func.func @branches(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  cf.br ^end
^end:
  return %x : tensor<?x32xf32>
}
