// Damages every field that a reader relies on, one at a time, and expects the whole message. All hashes are made right again
// unless they are what is damaged.
#include "runtime/ModelFile.h"
#include "test/unit/runtime/ToyModel.h"
#include "vspec/ModelFile/ProgramTables.h"
#include <functional>
#include <gtest/gtest.h>

using namespace vspec;
using file::SectionKind;

namespace {

struct Damage {
  std::string message; // after "model file in memory: "
  std::function<void(ToyFile &)> change;
  enum { Nothing, Table, All } seal = All;
  vspec_status status = VSPEC_MALFORMED;
};

std::string openWith(const Damage &damage, vspec_status &status) {
  ToyFile file;
  damage.change(file);
  if (damage.seal == Damage::All)
    file.seal();
  if (damage.seal == Damage::Table)
    file.sealTable();
  vspec_model_options options = VSPEC_MODEL_OPTIONS_INIT;
  options.threads = 1;
  options.verify_weights = 1;
  vspec_model *model = nullptr;
  vspec_error error;
  status = vspec_model_open_memory(file.data(), file.size(), &options, &model, &error);
  EXPECT_EQ(status == VSPEC_OK, model != nullptr);
  vspec_model_close(model);
  return error.text;
}

void expectAll(const std::vector<Damage> &damages) {
  for (const Damage &damage : damages) {
    vspec_status status;
    EXPECT_EQ(openWith(damage, status), std::string("model file in memory: ") + damage.message);
    EXPECT_EQ(status, damage.status) << damage.message;
  }
}

file::Kernel *kernels(ToyFile &f) { return f.table<file::Kernel>(f.program().kernels); }
file::State *states(ToyFile &f) { return f.table<file::State>(f.program().states); }
file::Variant *variants(ToyFile &f) { return f.table<file::Variant>(f.program().variants); }
file::Launch *launches(ToyFile &f) { return f.table<file::Launch>(f.program().launches); }
file::Operand *operands(ToyFile &f) { return f.table<file::Operand>(f.program().operands); }
file::Slice *slices(ToyFile &f) { return f.table<file::Slice>(f.program().slices); }
file::KernelEntry *entries(ToyFile &f) { return f.in<file::KernelEntry>(SectionKind::Entries); }

} // namespace

TEST(MalformedFile, AWholeOneOpens) {
  vspec_status status;
  EXPECT_EQ(openWith({"", [](ToyFile &) {}}, status), "");
  EXPECT_EQ(status, VSPEC_OK);
}

TEST(MalformedFile, Header) {
  expectAll({
      {"has 63 bytes, the header of a model file alone has 64", [](ToyFile &f) { f.truncate(63); }, Damage::Nothing},
      {"does not start with VSPECMF1: not a model file", [](ToyFile &f) { f.header().magic[7] = '2'; }},
      {"is a model file of version 1, this runtime reads version 2: compile the model again", [](ToyFile &f) { f.header().version = 1; }},
      {"is a model file of version 3, this runtime reads version 2", [](ToyFile &f) { f.header().version = 3; }},
      {"has 0 sections, expected 1 to 64", [](ToyFile &f) { f.header().sections = 0; }, Damage::Nothing},
      {"has 65 sections, expected 1 to 64", [](ToyFile &f) { f.header().sections = 65; }, Damage::Nothing},
      {"has 524307 bytes, but its header says 524308: it is cut off", [](ToyFile &f) { ++f.header().fileBytes; }},
      {"has 1 in a reserved field of the header, expected 0", [](ToyFile &f) { f.header().reserved = 1; }},
      {"has 100 bytes, header and section table alone have 832", [](ToyFile &f) { f.header().fileBytes = 100; }},
      {"the section table does not match its hash: the file is damaged", [](ToyFile &f) { f.header().tableHash[0] ^= 1; }, Damage::Nothing},
      {"the section table does not match its hash: the file is damaged", [](ToyFile &f) { f.sections()[3].features = 8; }, Damage::Nothing},
  });
}

TEST(MalformedFile, SectionTable) {
  expectAll({
      {"section 2 has a name without a zero byte at its end", [](ToyFile &f) { f.sections()[2].name[23] = 'x'; }},
      {"section 2 has 7 in a reserved field, expected 0", [](ToyFile &f) { f.sections()[2].reserved = 7; }},
      {"section 1 starts at byte 131080, which is not a multiple of 65536", [](ToyFile &f) { f.sections()[1].offset += 8; }},
      {"section 0 starts at byte 0, before the end of what precedes it at 832", [](ToyFile &f) { f.sections()[0].offset = 0; },
       Damage::Table},
      {"section 2 starts at byte 131072, before the end of what precedes it at 132372",
       [](ToyFile &f) { f.sections()[2].offset = f.sections()[1].offset; }, Damage::Table},
      {"section 7 has 18446744073709551615 bytes at 524288, outside of the file's 524307",
       [](ToyFile &f) { f.sections()[7].bytes = ~uint64_t(0); }, Damage::Table},
      {"section 7 has 19 bytes at 4294967296, outside of the file's 524307", [](ToyFile &f) { f.sections()[7].offset = uint64_t(1) << 32; },
       Damage::Table},
      {"section 4 is empty", [](ToyFile &f) { f.sections()[4].bytes = 0; }},
      {"section 7 is a second chat template", [](ToyFile &f) { f.sections()[7].kind = SectionKind::ChatTemplate; }},
      {"section 6 is a second unknown section",
       [](ToyFile &f) {
         f.sections()[5].kind = f.sections()[6].kind = SectionKind(99), std::memcpy(f.sections()[6].name, f.sections()[5].name, 24);
       }},
      {"has no manifest", [](ToyFile &f) { f.sections()[0].kind = SectionKind(99); }, Damage::Table},
      {"has no program for the device class 'cpu'", [](ToyFile &f) { f.sections()[1].name[0] = 'g'; }, Damage::All, VSPEC_UNSUPPORTED},
      {"code 'toy' has no entries section", [](ToyFile &f) { f.sections()[3].name[0] = 'b'; }},
      {"has no code for this processor", [](ToyFile &f) { f.sections()[2].target = file::Target::CUDA; }, Damage::All, VSPEC_UNSUPPORTED},
      {"has no code for this processor (code 'toy' needs unknown features 0x8000000000000000)",
       [](ToyFile &f) { f.sections()[2].features = uint64_t(1) << 63; }, Damage::All, VSPEC_UNSUPPORTED},
  });
}

TEST(MalformedFile, Hashes) {
  auto flip = [](SectionKind kind) { return [kind](ToyFile &f) { *f.in<uint8_t>(kind, f.section(kind).bytes - 1) ^= 1; }; };
  expectAll({
      {"manifest does not match its hash: the file is damaged", flip(SectionKind::Manifest), Damage::Nothing},
      {"program 'cpu' does not match its hash: the file is damaged", flip(SectionKind::Program), Damage::Nothing},
      {"code 'toy' does not match its hash: the file is damaged", flip(SectionKind::Code), Damage::Nothing},
      {"entries 'toy' does not match its hash: the file is damaged", flip(SectionKind::Entries), Damage::Nothing},
      {"weights 'cpu' does not match its hash: the file is damaged", flip(SectionKind::Weights), Damage::Nothing},
      {"tokenizer does not match its hash: the file is damaged", flip(SectionKind::Tokenizer), Damage::Nothing},
      {"chat template does not match its hash: the file is damaged", flip(SectionKind::ChatTemplate), Damage::Nothing},
      {"provenance does not match its hash: the file is damaged", flip(SectionKind::Provenance), Damage::Nothing},
  });
}

TEST(MalformedFile, Manifest) {
  expectAll({
      {"the manifest has 143 bytes, expected 144", [](ToyFile &f) { --f.section(SectionKind::Manifest).bytes; }},
      {"the manifest's fingerprint is not that of the programs and weights in the file",
       [](ToyFile &f) { f.section(SectionKind::Weights).hash[0] ^= 1; }, Damage::Table},
      {"the manifest has a vocabulary of 0 tokens, expected 1 to 2147483647", [](ToyFile &f) { f.manifest().vocabulary = 0; }},
      {"the manifest has a context ceiling of 4294967295 tokens, expected 1 to 2147483647",
       [](ToyFile &f) { f.manifest().contextCeiling = ~0u; }},
      {"the manifest has 0 slots, expected 1 to 65536", [](ToyFile &f) { f.manifest().slots = 0; }},
      {"the manifest has 13 end tokens, at most 12 are allowed", [](ToyFile &f) { f.manifest().endTokens = 13; }},
      {"the manifest has the end token 64, expected 0 to 63", [](ToyFile &f) { f.manifest().endToken[0] = 64; }},
      {"the manifest has the bos token -2, expected -1 to 63", [](ToyFile &f) { f.manifest().bosToken = -2; }},
      {"the manifest has addBos 1 and the bos token -1, expected 0, or 1 with a token of the vocabulary",
       [](ToyFile &f) { f.manifest().bosToken = -1; }},
      {"the manifest has 3 in a reserved field, expected 0", [](ToyFile &f) { f.manifest().reserved = 3; }},
      {"the manifest has a family name without a zero byte at its end", [](ToyFile &f) { f.manifest().family[23] = 'x'; }},
  });
}

TEST(MalformedFile, ProgramTables) {
  expectAll({
      {"program 'cpu': the program section has 8 bytes, its header alone has 56",
       [](ToyFile &f) { f.section(SectionKind::Program).bytes = 8; }},
      {"program 'cpu': program table 'launches' starts at byte 273, which is not a multiple of 8",
       [](ToyFile &f) { ++f.program().launches.offset; }},
      {"program 'cpu': program table 'launches' has 268435456 elements of 48 bytes at byte 272, outside of the section's 1300 bytes",
       [](ToyFile &f) { f.program().launches.count = 1u << 28; }},
      {"program 'cpu': program table 'states' has 2 elements of 24 bytes at byte 4294967288, outside of the section's 1300 bytes",
       [](ToyFile &f) { f.program().states.offset = 0xfffffff8; }},
      {"program 'cpu': program table 'kernels' has 3 elements of 24 bytes at byte 0, outside of the section's 1300 bytes",
       [](ToyFile &f) { f.program().kernels.offset = 0; }},
      {"program 'cpu': the strings of the program do not end with a zero byte",
       [](ToyFile &f) { *(f.table<char>(f.program().strings) + f.program().strings.count - 1) = 'x'; }},
      {"program 'cpu': the strings of the program do not end with a zero byte", [](ToyFile &f) { f.program().strings.count = 0; }},
  });
}

TEST(MalformedFile, KernelsAndStates) {
  expectAll({
      {"program 'cpu': kernel 2 has its name at 4000, but the strings have 84 bytes", [](ToyFile &f) { kernels(f)[2].name = 4000; }},
      {"program 'cpu': kernel 0 has 1 in a reserved field, expected 0", [](ToyFile &f) { kernels(f)[0].reserved = 1; }},
      {"program 'cpu': kernel 2 wants 18446744073709551615 bytes of scratch for each worker",
       [](ToyFile &f) { kernels(f)[2].scratchBytes = ~uint64_t(0); }},
      {"program 'cpu': kernel 2 wants 18446744073709551615 bytes for prepared rows",
       [](ToyFile &f) { kernels(f)[2].panelBytes = ~uint64_t(0); }},
      {"program 'cpu': state 1 has 0 bytes in a tile, expected at least 1", [](ToyFile &f) { states(f)[1].bytesPerTile = 0; }},
      {"program 'cpu': state 1 has no tokens in a tile, so it is recurrent, but a ring of 12 tokens",
       [](ToyFile &f) { states(f)[1].tokensPerTile = 0; }},
      {"program 'cpu': state 0 has 1 tiles of 9223372036854775807 bytes at the context ceiling: more than 140737488355328 bytes of state",
       [](ToyFile &f) { states(f)[0].tokensPerTile = 0, states(f)[0].bytesPerTile = INT64_MAX; }},
      {"program 'cpu': state 1 is a ring of 13 tokens, which is not a multiple of its tile of 4",
       [](ToyFile &f) { states(f)[1].ringTokens = 13; }},
      {"program 'cpu': state 1 is a ring of 4 tokens, but a step may have 8 rows", [](ToyFile &f) { states(f)[1].ringTokens = 4; }},
      {"program 'cpu': state 0 has 25 tiles of 9223372036854775807 bytes at the context ceiling: more than 140737488355328 bytes of state",
       [](ToyFile &f) { states(f)[0].bytesPerTile = INT64_MAX; }},
      {"entries 'toy': has 47 bytes, but 3 kernels need 48", [](ToyFile &f) { --f.section(SectionKind::Entries).bytes; }},
  });
}

TEST(MalformedFile, MoreStatesThanAreAllowed) {
  ProgramTables tables;
  for (int i = 0; i < 65537; ++i)
    tables.state("all", 1, 4);
  const std::vector<uint8_t> bytes = *tables.bytes();
  EXPECT_EQ(Program::read(bytes.data(), bytes.size(), {64, 100, 3, 0}).error().message,
            "the program has 65537 states, at most 65536 are allowed");
}

// What a file may ask for, but no machine has.
TEST(MalformedFile, MemoryThatIsNotThere) {
  const uint64_t most = uint64_t(1) << 47;
  vspec_model_options options = VSPEC_MODEL_OPTIONS_INIT;
  vspec_model *model = nullptr;
  vspec_session *session = nullptr;
  vspec_error error;
  auto opened = [&](auto change, uint32_t threads) {
    ToyFile file;
    change(file);
    file.seal();
    options.threads = threads;
    vspec_status status = vspec_model_open_memory(file.data(), file.size(), &options, &model, &error);
    if (!status)
      status = vspec_session_open(model, 10, &session, &error);
    vspec_model_close(std::exchange(model, nullptr));
    EXPECT_EQ(status, VSPEC_OUT_OF_MEMORY);
    return std::string(error.text);
  };
  EXPECT_EQ(opened([&](ToyFile &f) { variants(f)[0].arenaBytes = most; }, 1),
            "model file in memory: no memory for the arena: 140737488355328 bytes");
  EXPECT_EQ(opened([&](ToyFile &f) { kernels(f)[2].scratchBytes = most / 256; }, 256),
            "model file in memory: no memory for the workers' scratch: 140737488371776 bytes"); // and panels
  EXPECT_EQ(opened([&](ToyFile &f) { states(f)[0].tokensPerTile = 0, states(f)[0].bytesPerTile = most - 1024; }, 1),
            "no memory for the state of a session: 140737488354368 bytes");
}

// A model without logits, as one that embeds texts.
TEST(MalformedFile, LogitsThatAreNotMade) {
  ToyFile file;
  for (uint32_t i : {0, 1})
    variants(file)[i].logitsCapacity = 0;
  file.seal();
  vspec_model *model = nullptr;
  vspec_session *session = nullptr;
  vspec_error error;
  ASSERT_EQ(vspec_model_open_memory(file.data(), file.size(), nullptr, &model, &error), VSPEC_OK) << error.text;
  ASSERT_EQ(vspec_session_open(model, 10, &session, &error), VSPEC_OK) << error.text;
  int32_t token = 1;
  EXPECT_EQ(vspec_session_prefill(session, &token, 1, 0, VSPEC_LOGITS_LAST, nullptr, nullptr, nullptr, &error), VSPEC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.text, "logits are asked for, but the model makes none");
  vspec_session_close(session);
  vspec_model_close(model);
}

TEST(MalformedFile, EntriesLieInTheCode) {
  std::string code = std::to_string(toyCode().size());
  expectAll({
      {"entries 'toy': kernel 1 starts at byte 99999, outside of the code's " + code, [](ToyFile &f) { entries(f)[1].tile = 99999; }},
      {"entries 'toy': kernel 2 starts at byte 88888, outside of the code's " + code, [](ToyFile &f) { entries(f)[2].prologue = 88888; }},
  });
}

TEST(MalformedFile, Variants) {
  expectAll({
      {"program 'cpu': the program has 0 variants, expected 1 to 64", [](ToyFile &f) { f.program().variants.count = 0; }},
      {"program 'cpu': variant 1 has its name at 84, but the strings have 84 bytes", [](ToyFile &f) { variants(f)[1].name = 84; }},
      {"program 'cpu': variant 0 has 9 in a reserved field, expected 0", [](ToyFile &f) { variants(f)[0].reserved = 9; }},
      {"program 'cpu': variant 0 holds 0 rows, expected 1 to 1048576", [](ToyFile &f) { variants(f)[0].rowCapacity = 0; }},
      {"program 'cpu': variant 0 selects up to 4 rows, but holds only 3", [](ToyFile &f) { variants(f)[0].logitsCapacity = 4; }},
      {"program 'cpu': variant 0 has an arena of 18446744073709551615 bytes, at most 140737488355328 are allowed",
       [](ToyFile &f) { variants(f)[0].arenaBytes = ~uint64_t(0); }},
      {"program 'cpu': variant 1 has 4 launches from 3, but the program has 6", [](ToyFile &f) { variants(f)[1].launches = 4; }},
      {"program 'cpu': variant 0 has its logits outside of the arena: 768 bytes at 66 of 832",
       [](ToyFile &f) { variants(f)[0].logitsOffset = 66; }},
      {"program 'cpu': variant 0 has its logits outside of the arena: 768 bytes at 68 of 832",
       [](ToyFile &f) { variants(f)[0].logitsOffset = 68; }},
      {"program 'cpu': variant 0 has 764 bytes of logits, but 3 rows of 64 need 768", [](ToyFile &f) { variants(f)[0].logitsBytes = 764; }},
  });
}

TEST(MalformedFile, LaunchesOperandsAndSlices) {
  expectAll({
      {"program 'cpu': launch 4 has its name at 85, but the strings have 84 bytes", [](ToyFile &f) { launches(f)[4].name = 85; }},
      {"program 'cpu': launch 0 calls kernel 3, but the program has 3", [](ToyFile &f) { launches(f)[0].kernel = 3; }},
      {"program 'cpu': launch 5 has 4 operands from 19, but the program has 22", [](ToyFile &f) { launches(f)[5].operands = 4; }},
      {"program 'cpu': launch 0 has a grid with factor 1, divisor 0 and maximum 0, expected at least 0, at least 1 and at least 0",
       [](ToyFile &f) { launches(f)[0].grid.divisor = 0; }},
      {"program 'cpu': launch 0 has a grid with factor -1, divisor 1 and maximum 0, expected at least 0, at least 1 and at least 0",
       [](ToyFile &f) { launches(f)[0].grid.factor = -1; }},
      {"program 'cpu': launch 0 has a grid with factor 1, divisor 1 and maximum -1, expected at least 0, at least 1 and at least 0",
       [](ToyFile &f) { launches(f)[0].grid.maximum = -1; }},
      {"program 'cpu': launch 1 of variant 1 has a grid that becomes negative: down to -98 before the division",
       [](ToyFile &f) { launches(f)[4].grid.position = -1; }},
      {"program 'cpu': launch 2 of variant 1 has up to 2097152000 tiles, at most 536870912 are allowed",
       [](ToyFile &f) { launches(f)[5].grid.factor = 262144000; }},
      {"program 'cpu': launch 0 of variant 0 has up to 2^63 or more tiles, at most 536870912 are allowed",
       [](ToyFile &f) {
         launches(f)[0].grid.factor = INT32_MAX;
         launches(f)[0].grid.position = INT32_MAX;
       }},
      {"program 'cpu': launch 1 of variant 0, operand 4 lies outside of the arena: 12 bytes at 18446744073709551612 of 832",
       [](ToyFile &f) { operands(f)[7].offset = ~uint64_t(3); }},
      {"program 'cpu': launch 1 of variant 0, operand 3 lies outside of the weights: 65 bytes at 64 of 128",
       [](ToyFile &f) { operands(f)[6].bytes = 65; }},
      {"program 'cpu': launch 0 of variant 1, operand 1 is state 2, but the program has 2", [](ToyFile &f) { operands(f)[12].index = 2; }},
      {"program 'cpu': launch 0 of variant 0, operand 0 has kind 7, expected 1 to 6",
       [](ToyFile &f) { operands(f)[0].kind = file::OperandKind(7); }},
      {"program 'cpu': launch 1 of variant 0, operand 4 lies outside of the arena: 64 bytes at 769 of 832",
       [](ToyFile &f) { operands(f)[7] = {file::OperandKind::Routes, 0, 769, 64}; }},
      {"program 'cpu': launch 1 of variant 0, operand 4 has routes of 63 bytes at 0, expected at least 64 at a multiple of 4",
       [](ToyFile &f) { operands(f)[7] = {file::OperandKind::Routes, 0, 0, 63}; }},
      {"program 'cpu': launch 1 of variant 0, operand 4 has routes of 64 bytes at 2, expected at least 64 at a multiple of 4",
       [](ToyFile &f) { operands(f)[7] = {file::OperandKind::Routes, 0, 2, 64}; }},
      {"program 'cpu': launch 1 of variant 0 has a grid of at most 8 experts, but no operand tells which of them rows chose",
       [](ToyFile &f) { launches(f)[1].grid.maximum = 8; }},
      {"program 'cpu': slice 0 has its name at 84, but the strings have 84 bytes", [](ToyFile &f) { slices(f)[0].name = 84; }},
      {"program 'cpu': slice 3 is of variant 2, but the program has 2", [](ToyFile &f) { slices(f)[3].variant = 2; }},
      {"program 'cpu': slice 2 lives from launch 1 to 3, but variant 1 has 3", [](ToyFile &f) { slices(f)[2].lastLaunch = 3; }},
      {"program 'cpu': slice 1 lies outside of the arena: 768 bytes at 65 of 832", [](ToyFile &f) { slices(f)[1].offset = 65; }},
  });
}

TEST(MalformedFile, EveryByteOfTheTablesMayBeAnything) {
  // Whatever a byte becomes: an error or a model, never a crash. Hashes are right, so all checks behind them are reached.
  for (SectionKind kind : {SectionKind::Manifest, SectionKind::Program, SectionKind::Entries}) {
    ToyFile whole;
    for (uint64_t at = 0; at < whole.section(kind).bytes; ++at)
      for (uint8_t value : {0x00, 0x80, 0xff}) {
        ToyFile file = whole;
        *file.in<uint8_t>(kind, at) = value;
        file.seal();
        auto bytes = FileBytes::wrap(file.data(), file.size());
        ASSERT_TRUE(bytes);
        auto model = ModelFile::read(std::move(*bytes));
        if (!model)
          continue;
        auto program = model->program("cpu");
        if (program)
          (void)!!model->entries(*model->find(SectionKind::Code, file.section(SectionKind::Code).target, "toy"), program->kernels.size());
      }
  }
}
