// Attention over a cache of keys and values.
#ifndef VSPEC_DIALECTS_VSPEC_VSPECATTENTIONOPS_TD
#define VSPEC_DIALECTS_VSPEC_VSPECATTENTIONOPS_TD
include "dialects/VSpec/VSpecOpBase.td"

def VSpec_KVCacheOp : VSpec_Op<"kv_cache", [Symbol]> {
  let summary = "the keys and values of one attention layer, for each session";
  let description = [{
    State: empty when a session opens, kept from step to step.

    ```mlir
    vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 4, head_size = 8>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<VSpec_KVCacheType>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let extraClassDeclaration = [{
    KVCacheType getCacheType() { return ::llvm::cast<KVCacheType>(getType()); }
  }];
}

def VSpec_KVAppendOp : VSpec_UserOp<"kv_append"> {
  let summary = "stores the keys and values of all rows in the cache";
  let description = [{
    For each row, at its slot and position, in the formats of the cache.

    ```mlir
    vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 4, head_size = 8>
    func.func @remember(%k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %rows: !vspec.rows) {
      vspec.kv_append %k, %v, %rows, @cache.0 : tensor<?x32xf32>, tensor<?x32xf32>
      return
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$key, VSpec_Activations:$value, VSpec_RowsType:$rows,
      Arg<FlatSymbolRefAttr, "", [MemWrite<VSpec_StateResource>]>:$cache);
  let assemblyFormat = "$key `,` $value `,` $rows `,` $cache attr-dict `:` type($key) `,` type($value)";
  let extraClassDeclaration = "bool isEpilogue() { return true; }";
}

def VSpec_AttentionOp : VSpec_UserOp<"attention", [AllTypesMatch<["query", "output"]>]> {
  let summary = "each row's weighted mean of the cached values";
  let description = [{
    For each row and query head h of H, over the tokens j of the row's slot that the cache holds with `j <= position` and, if
    the cache has a window W, `j > position - W`: `p = softmax over j of (scale * q . k[j])`, `output = sum of p[j] v[j]`. With
    `soft_cap = C` each scaled score s becomes `C tanh(s / C)` before the softmax. With `sinks` the softmax has one score more, that
    of no token, `sinks[h]`, which is neither scaled nor bent. Query head h reads cache head `h / (H / cache heads)`. It reads K and V as stored, so the rows of this step come after their
    `kv_append`. Keys in int8 or int4 meet a query that is rounded as `quantize` does it, in blocks of 32.

    The tokens are summed by splits: `split` of them at multiples of it, each for itself, merged in ascending order. With `parts`
    that is left to a `merge_splits`, for rows of several splits: for each query head and split the sums `exp(score - maximum) *
    v[j]`, the maximum and the sum of `exp(score - maximum)`; their `output` is undefined. The sink is in no part.

    ```mlir
    vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 4, head_size = 8>
    vspec.weight @attn_sinks : !vspec.weight<1x8, "f32"> {source = "blk.0.attn_sinks.weight"}
    func.func @attend(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x64xf32> {
      vspec.kv_append %k, %v, %rows, @cache.0 : tensor<?x32xf32>, tensor<?x32xf32>
      %a = vspec.attention %q, %rows, @cache.0 {heads = 8 : i64, scale = 0.353553385 : f32} : tensor<?x64xf32>
      %b = vspec.attention %a, %rows, @cache.0 sinks @attn_sinks {heads = 8 : i64, scale = 0.353553385 : f32} : tensor<?x64xf32>
      return %b : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$query, VSpec_RowsType:$rows,
      Arg<FlatSymbolRefAttr, "", [MemRead<VSpec_StateResource>]>:$cache, VSpec_Count:$heads, F32Attr:$scale,
      OptionalAttr<F32Attr>:$soft_cap, VSpec_Split:$split, OptionalAttr<FlatSymbolRefAttr>:$sinks);
  let results = (outs VSpec_Activations:$output, Optional<VSpec_Activations>:$parts);
  let assemblyFormat = "$query `,` $rows `,` $cache (`sinks` $sinks^)? attr-dict `:` type($query) (`parts` type($parts)^)?";
  let extraClassDeclaration = "bool isAnchor() { return true; }";
  let hasVerifier = 1;
}

def VSpec_MergeSplitsOp : VSpec_UserOp<"merge_splits", [Pure, AllTypesMatch<["output", "merged"]>]> {
  let summary = "puts the splits of each row's attention together";
  let description = [{
    For rows at a position of at least `split`: `merged = sum over splits of sums * exp(maximum - M) / sum over splits of total *
    exp(maximum - M)`, where M is the greatest maximum, from the parts that `attention` made. With `sinks`, the same as attention's,
    the total of head h gets `exp(sinks[h] - M)` besides. The other rows keep `output`.

    ```mlir
    vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 1000>
    func.func @attend_in_parts(%q: tensor<?x64xf32>, %rows: !vspec.rows) -> tensor<?x64xf32> {
      %a, %parts = vspec.attention %q, %rows, @cache.0 {heads = 8 : i64, scale = 0.353553385 : f32} : tensor<?x64xf32> parts tensor<?x160xf32>
      %b = vspec.merge_splits %a, %parts, %rows {heads = 8 : i64} : tensor<?x64xf32>, tensor<?x160xf32>
      return %b : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$output, VSpec_Activations:$parts, VSpec_RowsType:$rows, VSpec_Count:$heads, VSpec_Split:$split,
      OptionalAttr<FlatSymbolRefAttr>:$sinks);
  let results = (outs VSpec_Activations:$merged);
  let assemblyFormat = "$output `,` $parts `,` $rows (`sinks` $sinks^)? attr-dict `:` type($output) `,` type($parts)";
  let extraClassDeclaration = "bool isAnchor() { return true; }";
  let hasVerifier = 1;
}

#endif
