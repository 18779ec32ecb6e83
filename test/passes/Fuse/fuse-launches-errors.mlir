// RUN: vspec-opt %s --vspec-fuse-launches --split-input-file --verify-diagnostics

func.func @selected_rows_as_result(%x: tensor<?x32xf32>, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  // expected-error @below {{'vspec.select_rows' op finds no place in a launch: more than linears read it}}
  %s = vspec.select_rows %x, %select : tensor<?x32xf32>
  // expected-note @below {{read by 'func.return'}}
  return %s : tensor<?x32xf32>
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
