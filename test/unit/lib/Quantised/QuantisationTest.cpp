#include "QuantisedFolder.h"
#include <gtest/gtest.h>

using namespace vspec;

static Result<std::optional<Quantisation>> of(const TemporaryFolder &folder) {
  folder.write("model.safetensors", GgufBytes().text("{}").bytes);
  Result<Checkpoint> checkpoint = Checkpoint::open(folder.path());
  EXPECT_TRUE(checkpoint) << checkpoint.error().message;
  return Quantisation::of(*checkpoint);
}

TEST(Quantisation, PlainFloatsHaveNone) {
  TemporaryFolder folder;
  folder.write("config.json", R"({"quantization_config": null})");
  EXPECT_FALSE(*of(folder));
}

TEST(Quantisation, OlderFilesSayItElsewhere) {
  TemporaryFolder gptq;
  gptq.write("config.json", "{}");
  gptq.write("quantize_config.json", R"({"bits": 4, "group_size": 128})");
  EXPECT_STREQ((**of(gptq)).method(), "gptq");
  TemporaryFolder compressed;
  compressed.write("config.json", R"({"compression_config": {"quant_method": "compressed-tensors", "config_groups": {}}})");
  EXPECT_STREQ((**of(compressed)).method(), "compressed-tensors");
}

TEST(Quantisation, RefusesUnknownMethods) {
  TemporaryFolder folder;
  folder.write("config.json", R"({"quantization_config": {"quant_method": "hqq"}})");
  EXPECT_EQ(of(folder).error().message,
            folder.path() +
                "/config.json: quantization_config has quant_method 'hqq', expected one of gptq, awq, compressed-tensors, fp8, "
                "fbgemm_fp8, modelopt, bitnet, bitsandbytes, mxfp4; the model's plain floats, quantised by --weights, work too");
}

TEST(Quantisation, CachesAreLeftAside) {
  TemporaryFolder folder;
  folder.write("config.json",
               R"({"quantization_config": {"quant_method": "compressed-tensors", "config_groups": {}, "kv_cache_scheme": {"num_bits": 8}}})");
  EXPECT_EQ((**of(folder)).notes(), std::vector<std::string>{folder.path() + "/config.json: quantization_config.kv_cache_scheme is left "
                                                                             "aside: --kv says how keys and values are kept"});
}

TEST(Quantisation, ScalesOfActivationsAreAside) {
  TemporaryFolder folder;
  folder.write("config.json", R"({"quantization_config": {"quant_method": "fp8"}})");
  Quantisation fp8 = **of(folder);
  EXPECT_TRUE(fp8.isAside("model.layers.0.self_attn.k_proj.input_scale"));
  EXPECT_FALSE(fp8.isAside("model.layers.0.self_attn.k_proj.weight_scale"));
  EXPECT_TRUE(isQuantisedSource("fp8:lm_head"));
  EXPECT_FALSE(isQuantisedSource("fp80:lm_head"));
  EXPECT_FALSE(isQuantisedSource("model.layers.0.fp8"));
}
