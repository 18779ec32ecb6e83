#include "vspec/Checkpoint/Checkpoint.h"
#include "test/unit/lib/Checkpoint/GgufBytes.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include <gtest/gtest.h>

using namespace vspec;

/// A safetensors file of bytes: one tensor of one element for each name, of the value that is its place.
static std::string shard(const std::vector<std::string> &names) {
  std::string header = "{", data;
  for (size_t i = 0; i < names.size(); ++i) {
    header += (i ? ",\"" : "\"") + names[i] + R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" + std::to_string(i) + "," +
              std::to_string(i + 1) + "]}";
    data += char(i);
  }
  header += "}";
  return GgufBytes().text(header).bytes + data;
}

static std::string errorOf(const std::string &path) {
  auto checkpoint = Checkpoint::open(path);
  return checkpoint ? "no error" : checkpoint.error().message;
}

TEST(Checkpoint, OpensAGgufFile) {
  auto opened = Checkpoint::open(VSPEC_STORIES260K);
  ASSERT_TRUE(opened) << opened.error().message;
  Checkpoint checkpoint = std::move(*opened);
  EXPECT_EQ(checkpoint.kind(), Checkpoint::Kind::Gguf);
  EXPECT_EQ(checkpoint.path(), VSPEC_STORIES260K);
  EXPECT_EQ(*checkpoint.metadata().string("general.architecture"), "llama");
  const Tensor *embedding = checkpoint.find("token_embd.weight");
  ASSERT_TRUE(embedding);
  EXPECT_EQ(embedding->shape, (std::vector<int64_t>{512, 64}));
  EXPECT_EQ(embedding->encoding, Encoding::F32);
  EXPECT_EQ(embedding->data, checkpoint.sources()[0].data() + embedding->offset);
  for (const Tensor &tensor : checkpoint.tensors())
    EXPECT_EQ(*checkpoint.tensor(tensor.name), &tensor);
  EXPECT_FALSE(checkpoint.find("token_embd"));
  auto missing = checkpoint.tensor("none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, VSPEC_STORIES260K ": has no tensor 'none'");
  auto hashes = checkpoint.hashSources(2);
  ASSERT_EQ(hashes.size(), 1u);
  EXPECT_EQ(hashes[0].name, "stories260K-f32.gguf");
  EXPECT_EQ(hashes[0].bytes, checkpoint.sources()[0].size());
  EXPECT_EQ(hashes[0].sha256, sha256(checkpoint.sources()[0].view()));
}

TEST(Checkpoint, OpensAFolder) {
  TemporaryFolder folder;
  folder.write("config.json", R"({"model_type": "llama"})");
  folder.write("tokenizer_config.json", R"({"add_bos_token": true})");
  folder.write("chat_template.jinja", "{{ text }}");
  folder.write("model.safetensors", shard({"b", "a"}));
  auto checkpoint = Checkpoint::open(folder.path());
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->kind(), Checkpoint::Kind::HuggingFace);
  EXPECT_EQ(*checkpoint->config().string("model_type"), "llama");
  auto tokenizer = checkpoint->json("tokenizer_config.json");
  ASSERT_TRUE(tokenizer && *tokenizer);
  EXPECT_EQ(*(*tokenizer)->boolean("add_bos_token"), true);
  auto generation = checkpoint->json("generation_config.json");
  ASSERT_TRUE(generation);
  EXPECT_FALSE(*generation);
  EXPECT_EQ(checkpoint->text("chat_template.jinja"), "{{ text }}");
  EXPECT_EQ(checkpoint->text("merges.txt"), std::nullopt);
  EXPECT_EQ(checkpoint->tensors().size(), 2u);
  EXPECT_EQ(checkpoint->find("a")->data[0], 1);
  std::vector<std::string> names;
  for (const Checkpoint::SourceHash &hash : checkpoint->hashSources(3)) {
    names.push_back(hash.name);
    EXPECT_EQ(hash.sha256, sha256(folder.read(hash.name)));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"config.json", "tokenizer_config.json", "chat_template.jinja", "model.safetensors"}));
}

TEST(Checkpoint, JoinsShards) {
  TemporaryFolder folder;
  folder.write("config.json", "{}");
  // The index decides: "copy" stands in both shards and is taken from the second, "extra" is left out.
  folder.write("model.safetensors.index.json", R"({"weight_map": {"a": "1.safetensors", "b": "2.safetensors", "copy": "2.safetensors"}})");
  folder.write("1.safetensors", shard({"copy", "a", "extra"}));
  folder.write("2.safetensors", shard({"b", "copy"}));
  auto checkpoint = Checkpoint::open(folder.path());
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->tensors().size(), 3u);
  const Tensor *copy = checkpoint->find("copy");
  EXPECT_EQ(checkpoint->sources()[copy->source].path(), folder / "2.safetensors");
  EXPECT_EQ(copy->data[0], 1);
  EXPECT_FALSE(checkpoint->find("extra"));
}

TEST(Checkpoint, RefusesOtherPaths) {
  TemporaryFolder folder;
  EXPECT_EQ(errorOf(folder / "none"), folder / "none" + ": cannot open: No such file or directory");
  EXPECT_EQ(errorOf(folder.path()), folder.path() + ": has no config.json, expected the folder of a Hugging Face model");
  folder.write("adapter_config.json", "{}");
  EXPECT_EQ(errorOf(folder.path()),
            folder.path() + ": is an adapter, expected the folder of a Hugging Face model; merge the adapter into its base model first");
  EXPECT_EQ(errorOf(folder.write("config.json", "{}")),
            folder / "config.json" +
                ": is a lone JSON file, expected its folder, or a GGUF file; --random-weights makes up the weights of a config.json");
  EXPECT_EQ(errorOf(folder.path()), folder.path() + ": has neither model.safetensors nor model.safetensors.index.json");
  folder.write("pytorch_model.bin", "PK");
  EXPECT_EQ(errorOf(folder.path()), folder.path() + ": has neither model.safetensors nor model.safetensors.index.json, only pytorch_model.bin, "
                                                    "whose reader runs programs: save the model anew with save_pretrained");
  EXPECT_EQ(errorOf(folder.write("lone.safetensors", shard({"a"}))),
            folder / "lone.safetensors" +
                ": is a lone safetensors file and says nothing of its model, expected the folder with its config.json, or a GGUF file");
  EXPECT_EQ(errorOf(folder.write("model.bin", "PK..")), folder / "model.bin" + ": not a GGUF file: starts with 'PK..', expected 'GGUF'");
  EXPECT_EQ(errorOf("/dev/null"), "/dev/null: is not a regular file, expected a file");
}

TEST(Checkpoint, RefusesBadFolders) {
  TemporaryFolder folder;
  folder.write("config.json", "{");
  EXPECT_EQ(errorOf(folder.path()),
            folder / "config.json" +
                ": not JSON at byte 1: syntax error while parsing object key - unexpected end of input; expected string literal");
  folder.write("config.json", "{}");
  EXPECT_EQ(errorOf(folder.path()), folder.path() + ": has neither model.safetensors nor model.safetensors.index.json");
  std::string index = folder / "model.safetensors.index.json";
  auto withIndex = [&](const std::string &text) {
    folder.write("model.safetensors.index.json", text);
    return errorOf(folder.path());
  };
  EXPECT_EQ(withIndex("{}"), index + ": the document has no weight_map");
  EXPECT_EQ(withIndex(R"({"weight_map": {"a": 1}})"), index + ": weight_map.a is an integer, expected a string");
  for (const char *name : {"../1.safetensors", "/etc/1.safetensors", "sub/1.safetensors", "config.json", ""})
    EXPECT_EQ(withIndex(R"({"weight_map": {"a": ")" + std::string(name) + "\"}}"),
              index + ": weight_map.a is '" + name + "', expected the name of a safetensors file in the same folder");
  EXPECT_EQ(withIndex(R"({"weight_map": {"a": "1.safetensors\u0000.safetensors"}})"),
            index + ": weight_map.a is '1.safetensors\\x00.safetensors', expected the name of a safetensors file in the same folder");
  EXPECT_EQ(withIndex(R"({"weight_map": {"a": "\n.safetensors"}})"), // a message is one line
            index + ": weight_map.a is '\\x0a.safetensors', expected the name of a safetensors file in the same folder");
  EXPECT_EQ(withIndex(R"({"weight_map": {"a": "1.safetensors"}})"), folder / "1.safetensors" + ": cannot open: No such file or directory");
  folder.write("1.safetensors", shard({"b"}));
  EXPECT_EQ(errorOf(folder.path()), folder / "1.safetensors" + ": has no tensor 'a', which model.safetensors.index.json promises");
  folder.write("1.safetensors", "short");
  EXPECT_EQ(errorOf(folder.path()), folder / "1.safetensors" + ": has 5 bytes, expected a header length of 8");
}
