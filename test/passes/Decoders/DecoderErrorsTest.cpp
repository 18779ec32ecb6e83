// What the text of a decoder may not be, and what is said of it.
#include "passes/Decoders/Decoders.h"
#include "passes/Decoders/MLIRDecoder.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include "vspec/Checkpoint/Encoding.h"
#include "vspec/Quant/Format.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string problem(const std::string &text) {
  Result<std::unique_ptr<const MLIRDecoder>> decoder = MLIRDecoder::parse(text, "x.mlir");
  return decoder ? "no error" : decoder.error().message;
}

static const std::string numbers = "attributes {vspec.columns = 32, vspec.group = 32, vspec.bias = 8, vspec.most = 15}";
static const std::string end = "  %s = arith.constant 1.0 : f32\n  return %c, %s : i32, f32\n}\n";
static const std::string head = "func.func @f(%block: memref<18xi8>, %four: index) -> (i32, f32) " + numbers + " {\n";

/// Of a function with these lines, which make %c.
static std::string body(const std::string &lines, const std::string &tables = "") { return problem(tables + head + lines + end); }

static const std::string byte =
    "  %i = arith.constant 2 : index\n  %b = memref.load %block[%i] : memref<18xi8>\n  %w = arith.extui %b : i8 to i32\n";

TEST(DecoderErrors, AGoodOneIsTaken) {
  EXPECT_EQ(body("  %c = arith.constant 0 : i32\n"), "no error");
  EXPECT_EQ(body(byte + "  %m = arith.constant 15 : i32\n  %c = arith.andi %w, %m : i32\n"), "no error");
}

// Found by the fuzzer: of a file of whole pages, MLIR's parser read on behind it.
TEST(DecoderErrors, WhatLiesBehindTheTextIsNotRead) {
  const std::string text = head + "  %c = arith.constant 0 : i32\n" + end;
  EXPECT_TRUE(bool(MLIRDecoder::parse(llvm::StringRef(text + "}").drop_back(), "x.mlir")));
}

TEST(DecoderErrors, Text) {
  EXPECT_EQ(problem("func.func @f("), "x.mlir:1:13: expected non-function type");
  EXPECT_EQ(problem("foo.bar"), "x.mlir:1:1: Dialect `foo' not found for custom op 'foo.bar' ");
  EXPECT_EQ(problem(std::string(100, '(')), "x.mlir: has brackets in brackets deeper than 64");
  EXPECT_EQ(problem("func.func @f() {\n  return\n^a:\n  return\n}"), "x.mlir:1:1: has branches, expected one block");
  EXPECT_EQ(problem(""), "x.mlir:0:0: has no function, expected one");
  EXPECT_EQ(problem(head + "  %c = arith.constant 0 : i32\n" + end + "func.func private @g()\n"),
            "x.mlir:6:1: a decoder is one function and its tables, expected nothing else");
  EXPECT_EQ(problem("func.func @f() {\n  cf.br ^a\n^a:\n  return\n}"), "x.mlir:2:3: Dialect `cf' not found for custom op 'cf.br' ");
}

TEST(DecoderErrors, Function) {
  EXPECT_EQ(problem("func.func @f() {\n  return\n}"),
            "x.mlir:1:1: is '() -> ()', expected from (memref<NxI>, index), where I is i8, i16 or i32, to (i32, f32) or (i64, f32)");
  EXPECT_EQ(problem("func.func @\"a b\"() {\n  return\n}"), "x.mlir:1:1: name has other characters than letters, digits, '_' and '.'");
  auto with = [](const std::string &attributes, const std::string &block = "18xi8") {
    return problem("func.func @f(%block: memref<" + block + ">, %four: index) -> (i32, f32) attributes {" + attributes +
                   "} {\n  %c = arith.constant 0 : i32\n" + end);
  };
  EXPECT_EQ(with(""), "x.mlir:1:1: attribute vspec.columns is missing, expected 16 to 1024");
  EXPECT_EQ(with("vspec.columns = 8"), "x.mlir:1:1: attribute vspec.columns is 8, expected 16 to 1024");
  EXPECT_EQ(with("vspec.columns = 32, vspec.group = 64"), "x.mlir:1:1: attribute vspec.group is 64, expected 4 to 32");
  EXPECT_EQ(with("vspec.columns = 48, vspec.group = 16"), "x.mlir:1:1: has blocks of 48 columns and groups of 16, expected powers of two");
  EXPECT_EQ(with("vspec.columns = 32, vspec.group = 32, vspec.bias = 129"), "x.mlir:1:1: attribute vspec.bias is 129, expected 0 to 128");
  EXPECT_EQ(with("vspec.columns = 32, vspec.group = 32, vspec.bias = 8, vspec.most = 200"),
            "x.mlir:1:1: attribute vspec.most is 200, expected 1 to 127");
  EXPECT_EQ(with("vspec.columns = 32", "4097xi8"), "x.mlir:1:1: has blocks of 4097 elements, expected 1 to 4096");
  EXPECT_EQ(body("  %c = arith.constant 16 : i32\n"), "x.mlir: decoder @f makes the code 16, but vspec.most is 15");
}

TEST(DecoderErrors, WrittenOut) {
  auto with = [](const std::string &format, int code) {
    return problem("func.func @f(%block: memref<18xi8>, %four: index) -> (i32, f32) attributes {vspec.columns = 32, vspec.group = 16, "
                   "vspec.bias = 8, vspec.most = 15, vspec.written_out = \"" +
                   format + "\"} {\n  %c = arith.constant " + std::to_string(code) + " : i32\n" + end);
  };
  const std::string place = "x.mlir:1:1: attribute vspec.written_out is '", codes = "int{4} x 16:uint{3} x 32:f16";
  EXPECT_EQ(with(codes, 0x0F0E0700), "no error");
  EXPECT_EQ(with("int9", 0).substr(0, place.size() + 13), place + "int9': format");
  EXPECT_EQ(with("int4:min", 0), place + "int4:min': expected codes of integers, with scales alone");
  EXPECT_EQ(with("int4", 0), place + "int4': expected the scales 'x 16:uint{BITS} x 32:f16'");
  EXPECT_EQ(with("table{2, -7 -1 1 7} x 16:uint{3} x 32:f16", 0),
            place + "table{2, -7 -1 1 7} x 16:uint{3} x 32:f16': its largest value is not the decoder's, times a power of two");
  EXPECT_EQ(
      with("table{2, -4 -1 1 4} x 16:uint{3} x 32:f16", 0x01),
      "x.mlir: decoder @f makes what 'table{2, -4 -1 1 4} x 16:uint{3} x 32:f16' cannot say: row 0, column 0: the value -7 has no code");
  EXPECT_EQ(
      problem("func.func @f(%block: memref<18xi8>, %four: index) -> (i32, f32) attributes {vspec.columns = 32, vspec.group = 16, "
              "vspec.bias = 8, vspec.most = 15, vspec.written_out = \"int{4} x 16:uint{3} x 32:f16\"} {\n"
              "  %c = arith.constant 0 : i32\n  %i = arith.constant 4 : index\n  %o = arith.divui %four, %i : index\n"
              "  %k = arith.index_cast %o : index to i32\n  %eight = arith.constant 9 : i32\n  %t = arith.muli %k, %eight : i32\n"
              "  %one = arith.constant 1 : i32\n  %u = arith.addi %t, %one : i32\n  %s = arith.uitofp %u : i32 to f32\n"
              "  return %c, %s : i32, f32\n}\n"),
      "x.mlir: decoder @f makes what 'int{4} x 16:uint{3} x 32:f16' cannot say: row 0, column 0: the scales of its groups are no small "
      "multiples of one number");
}

TEST(DecoderErrors, Operations) {
  EXPECT_EQ(body(byte + "  %c = arith.divsi %w, %w : i32\n"),
            "x.mlir:5:8: decoders know no arith.divsi, only memref.load, memref.get_global, scf.for and integer and f32 arithmetic");
  EXPECT_EQ(body("  %c = arith.constant 0 : i32\n  memref.store %z, %block[%four] : memref<18xi8>\n").substr(0, 12), "x.mlir:3:16:");
  EXPECT_EQ(body("  %c = arith.constant 0 : i32\n  %d = arith.constant 1.0 : f64\n"),
            "x.mlir:3:8: decoders know no 'f64', only index, i1, i8, i16, i32, i64, f16 and f32");
  EXPECT_EQ(body("  %c = arith.constant 0 : i32\n  %d = arith.constant 1.0 : f16\n  %e = arith.addf %d, %d : f16\n"),
            "x.mlir:4:8: makes 'f16', expected f32: f16 is only widened");
  EXPECT_EQ(body(byte + "  %c = arith.divui %w, %w : i32\n"),
            "x.mlir:5:8: division of what depends on the block, expected shifts or a table");
  EXPECT_EQ(body(byte + "  %c = arith.shli %w, %w : i32\n"), "x.mlir:5:8: shift may be by 255 and more, expected less than 32");
}

TEST(DecoderErrors, Places) {
  EXPECT_EQ(body("  %i = arith.constant 18 : index\n  %b = memref.load %block[%i] : memref<18xi8>\n  %c = arith.extui %b : i8 to i32\n"),
            "x.mlir:3:8: place may be 18 and more, but the block has 18 elements");
  EXPECT_EQ(body(byte + "  %j = arith.index_castui %w : i32 to index\n  %x = memref.load %block[%j] : memref<18xi8>\n  %c = arith.extui %x "
                        ": i8 to i32\n"),
            "x.mlir:6:8: place in the block depends on its bytes, expected one that is known for each call");
  const std::string table = "memref.global \"private\" constant @t : memref<4xi32> = dense<[1, 2, 3, 4]>\n";
  const std::string look = "  %t = memref.get_global @t : memref<4xi32>\n  %j = arith.index_castui %v : i32 to index\n  %c = memref.load "
                           "%t[%j] : memref<4xi32>\n";
  EXPECT_EQ(body(byte + "  %m = arith.constant 3 : i32\n  %v = arith.andi %w, %m : i32\n" + look, table), "no error");
  EXPECT_EQ(body(byte + "  %m = arith.constant 7 : i32\n  %v = arith.andi %w, %m : i32\n" + look, table),
            "x.mlir:10:8: place may be 7 and more, but the table has 4 elements");
  EXPECT_EQ(
      body(byte +
           "  %k = arith.index_castui %w : i32 to index\n  %l = arith.addi %k, %k : index\n  %c = arith.index_cast %l : index to i32\n"),
      "x.mlir:6:8: index depends on the block, expected integers until the place in a table is known");
  EXPECT_EQ(body("  %c = arith.constant 0 : i32\n", "memref.global @t : memref<4xi32>\n"),
            "x.mlir:1:1: table @t is not constant numbers of one dimension");
  EXPECT_EQ(body("  %c = arith.constant 0 : i32\n", "memref.global constant @t : memref<65537xi8> = dense<0>\n"),
            "x.mlir:1:1: table @t has 65537 entries, expected 1 to 65536");
}

TEST(DecoderErrors, Loops) {
  auto loop = [](const std::string &from, const std::string &to) {
    return body("  %a = arith.constant " + from + " : index\n  %z = arith.constant " + to +
                " : index\n  %one = arith.constant 1 : index\n  %none = arith.constant 0 : i32\n"
                "  %c = scf.for %i = %a to %z step %one iter_args(%x = %none) -> i32 {\n    %y = arith.xori %x, %none : i32\n    scf.yield "
                "%y : i32\n  }\n");
  };
  EXPECT_EQ(loop("0", "4"), "no error");
  EXPECT_EQ(loop("4", "0"), "x.mlir:6:8: loop cannot be written out");
  EXPECT_EQ(loop("0", "1000000000000"), "x.mlir:1:1: takes more than 65536 operations for a block, in its 8 calls");
  EXPECT_EQ(loop("-9223372036854775807", "9223372036854775807"),
            "x.mlir:1:1: takes more than 65536 operations for a block, in its 8 calls");
  EXPECT_EQ(body(byte + "  %z = arith.index_cast %w : i32 to index\n  %c = scf.for %j = %i to %z step %i iter_args(%x = %w) -> i32 {\n    "
                        "scf.yield %x : i32\n  }\n"),
            "x.mlir:6:8: loop has bounds that are no constants, expected constants and a step above 0");
}

TEST(DecoderErrors, Files) {
  TemporaryFolder folder;
  auto load = [&](const std::string &text) {
    Result<void> loaded = loadDecoder(folder.write("d.mlir", text));
    return loaded ? "no error" : loaded.error().message;
  };
  const std::string file = folder / "d.mlir";
  auto numbered = [](int type) {
    std::string text = head + "  %c = arith.constant 0 : i32\n" + end;
    return text.replace(text.find("vspec.most"), 0, "vspec.ggml_type = " + std::to_string(type) + ", ");
  };
  EXPECT_EQ(load(std::string((1 << 20) + 1, ' ')), file + ": has 1048577 bytes, expected a decoder of at most 1048576");
  EXPECT_EQ(load(numbered(16)), file + ": type 16 of GGUF files is iq2_xxs");
  EXPECT_EQ(load(numbered(31)), file + ": type 31 of GGUF files is q4_0_4_4, which ggml has removed");
  EXPECT_EQ(loadDecoder(folder / "none.mlir").error().message, folder / "none.mlir" + ": cannot open: No such file or directory");
  EXPECT_EQ(load(numbered(900)), "no error");
  EXPECT_STREQ(encodingName(*encodingOfGgml(900)), "f");
  EXPECT_EQ(parseFormat("f")->text(), "decode{@f, 32 in 18 bytes}");
  EXPECT_EQ(load(numbered(901)), file + ": there is a decoder @f already");
  EXPECT_EQ(normalForm(*parseFormat("decode{@f, 64 in 18 bytes}"), 64).error().message,
            "no kernel for 'decode{@f, 64 in 18 bytes}': the decoder's blocks are 32 in 18 bytes");
  EXPECT_EQ(normalForm(*parseFormat("f"), 48).error().message,
            "no kernel for 'decode{@f, 32 in 18 bytes}': 48 columns are not whole blocks of 32");
  EXPECT_EQ(
      normalForm(*parseFormat("decode{@f, 32 in 18 bytes} x 64:f16"), 64).error().message,
      "no kernel for 'decode{@f, 32 in 18 bytes} x 64:f16': a decoder makes the scales of its groups, so only row and tensor scales may "
      "follow; nearest: 'decode{@f, 32 in 18 bytes}'");
  EXPECT_EQ(normalForm(*parseFormat("decode{@g, 32 in 18 bytes}"), 64).error().message,
            "no kernel for 'decode{@g, 32 in 18 bytes}': there is no decoder @g, only f; --format-library FILE brings others");
}
