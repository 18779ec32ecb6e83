#include "dialects/VSpec/ToJson.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace vspec;

static Result<std::string> toJson(StringRef text) {
  MLIRContext context;
  context.loadDialect<VSpecDialect, func::FuncDialect, arith::ArithDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  EXPECT_TRUE(module);
  return moduleToJson(*module);
}

static void expectJson(const Result<std::string> &found, StringRef expected) {
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(llvm::cantFail(llvm::json::parse(*found)), llvm::cantFail(llvm::json::parse(expected))) << *found;
}

TEST(ToJson, WritesWeightsCachesAndOperations) {
  expectJson(toJson(R"mlir(
      module @tiny attributes {vspec.family = "llama", vspec.vocabulary = 32 : i64} {
        vspec.weight @table : !vspec.weight<32x8, "int4"> {source = "t", 
            transforms = [#vspec.transpose, #vspec.take_rows<count = 4, first = 8, every = 12>, #vspec.unpermute_heads<2>, #vspec.scale_by<"s">]}
        vspec.weight @decay : !vspec.weight<1x8, "f32"> {source = "a", transforms = [#vspec.negative_exp]}
        vspec.recurrent_state @ssm_state.0 : !vspec.recurrent_state<2x4x8>
        vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 2, head_size = 4, k = "f16", v = "int8", capacity = 64>
        func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x8xf32> {
          %x = vspec.embed @table, %rows : tensor<?x8xf32> loc("token_embd")
          %q = vspec.rope %x, %rows {heads = 2 : i64, frequencies = array<f32: 1.0, 0.125>} : tensor<?x8xf32>
          %h = vspec.gate %q, %x {activation = #vspec.activation<relu2>} : tensor<?x8xf32>
          return %h : tensor<?x8xf32>
        }
      })mlir"),
             R"({"name": "tiny", "attributes": {"family": "llama", "vocabulary": 32},
      "weights": {"table": {"rows": 32, "columns": 8, "matrices": 1, "format": "int{4} x 32:f16", "layout": "unpacked", "source": "t",
                            "transforms": [{"transpose": true}, {"take_rows": {"count": 4, "first": 8, "every": 12}},
                                           {"unpermute_heads": 2}, {"scale_by": "s"}]},
                  "decay": {"rows": 1, "columns": 8, "matrices": 1, "format": "f32", "layout": "unpacked", "source": "a",
                            "transforms": [{"negative_exp": true}]}},
      "states": {"ssm_state.0": [2, 4, 8]},
      "caches": {"cache.0": {"heads": 2, "head_size": 4, "window": 0, "k": "f16", "v": "int8", "capacity": 64, "ring": false}},
      "step": {"arguments": [0, 1], "operations": [
        {"op": "embed", "location": "token_embd", "operands": [0], "results": [2], "attributes": {"weight": "table"}},
        {"op": "rope", "operands": [2, 0], "results": [3], "attributes": {"heads": 2, "frequencies": [1, 0.125]}},
        {"op": "gate", "operands": [3, 2], "results": [4], "attributes": {"activation": "relu2"}},
        {"op": "return", "operands": [4], "results": [], "attributes": {}}]}})");
}

TEST(ToJson, FusedOperationsHaveBodies) {
  Result<std::string> json = toJson(R"mlir(
      func.func @step(%rows: !vspec.rows, %x: tensor<?x8xf32>) -> tensor<?x8xf32> {
        %y = vspec.fused (%inside = %x : tensor<?x8xf32>) -> tensor<?x8xf32> {
          %sum = vspec.add %inside, %inside : tensor<?x8xf32>
          vspec.yield %sum : tensor<?x8xf32>
        }
        return %y : tensor<?x8xf32>
      })mlir");
  expectJson(json, R"({"name": "", "attributes": {}, "weights": {}, "caches": {}, "states": {},
      "step": {"arguments": [0, 1], "operations": [
        {"op": "fused", "operands": [1], "results": [4], "attributes": {},
         "body": {"arguments": [2], "operations": [
           {"op": "add", "operands": [2, 2], "results": [3], "attributes": {}},
           {"op": "yield", "operands": [3], "results": [], "attributes": {}}]}},
        {"op": "return", "operands": [4], "results": [], "attributes": {}}]}})");
}

TEST(ToJson, RefusesWhatIsNotOfTheDialect) {
  EXPECT_EQ(toJson("func.func @other() { return }").error().message, "module has no function @step of one block");
  EXPECT_EQ(toJson("func.func @step() { %c = arith.constant 1 : i32 return }").error().message,
            "'arith.constant' has no JSON form, only operations of vspec have");
}
