#ifndef VSPEC_DIALECTS_VSPEC_VSPECDIALECT_TD
#define VSPEC_DIALECTS_VSPEC_VSPECDIALECT_TD
include "mlir/IR/OpBase.td"

def VSpec_Dialect : Dialect {
  let name = "vspec";
  let cppNamespace = "::vspec";
  let summary = "what a low-bit language model computes";
  let description = [{
    Tensor semantics: the activations of a step are `tensor<?xNxf32>`, one row for each row of the step's row table
    (`!vspec.rows`). Constant matrices and states are symbols of the module: `vspec.weight` is a recipe (source, transforms,
    format, layout) whose bytes never enter the IR, `vspec.kv_cache` and `vspec.recurrent_state` are state that lives from step
    to step. Operations name them; those that read or write state say so with memory effects.

    A module is one model. Its attributes are for reports and the model file: `vspec.family`, `vspec.vocabulary`,
    `vspec.hidden`, `vspec.layers`, `vspec.trained_context`. `@step` is what runs.

    ```mlir
    module @tiny attributes {vspec.family = "llama", vspec.vocabulary = 512 : i64, vspec.hidden = 64 : i64, vspec.layers = 0 : i64} {
      vspec.weight @token_embd : !vspec.weight<512x64, "f32"> {source = "token_embd.weight"}
      func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x512xf32> {
        %x = vspec.embed @token_embd, %rows : tensor<?x64xf32>
        %last = vspec.select_rows %x, %select : tensor<?x64xf32>
        %logits = vspec.linear %last, @token_embd : tensor<?x64xf32> -> tensor<?x512xf32>
        return %logits : tensor<?x512xf32>
      }
    }
    ```
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerAttributesAndTypes();
  }];
}

#endif
