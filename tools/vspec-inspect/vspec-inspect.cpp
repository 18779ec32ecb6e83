// vspec-inspect: what is in a model file, and how a tokenizer cuts a text.
#include "CommandLine/Console.h"
#include "CommandLine/InputFiles.h"
#include "CommandLine/Progress.h"
#include "ModelFileJSON.h"
#include "ModelFileText.h"
#include "ModelFileView/Wording.h"
#include "Tokenizing.h"
#include "vspec/Support/AtomicFile.h"
#include "vspec/Support/Quote.h"
#include <CLI/CLI.hpp>

using namespace vspec;

namespace {

struct Options {
  std::string file, svg, variant, tokenize;
  bool json = false, verify = false, noSpecial = false;
};

Result<void> tokenize(const Options &options) {
  auto tokenizer = openTokenizer(options.file);
  if (!tokenizer)
    return tokenizer.error();
  auto text = readTextFile(options.tokenize);
  if (!text)
    return text.error();
  auto line = tokenIdLine(*tokenizer, *text, !options.noSpecial);
  return line ? writeOutput(*line) : line.error();
}

Result<void> verify(const ModelFileView &file) {
  Progress progress("verifying");
  return file.verify([&](uint64_t done, uint64_t total) { progress.show(done, total); });
}

/// Draws the arena of the variant that is named, else of the one with the largest; programs in the order of the file.
Result<void> drawArena(const ModelFileView &file, const Options &options) {
  std::string picture, known;
  uint64_t largest = 0;
  for (const file::Section &section : file.sections()) {
    if (section.kind != file::SectionKind::Program)
      continue;
    auto program = file.program(section);
    if (!program)
      return program.error();
    for (uint32_t i = 0; i < program->variants.size(); ++i) {
      const file::Variant &variant = program->variants[i];
      const std::string_view name = program->name(variant.name);
      known += (known.empty() ? "" : ", ") + word(name);
      const bool wanted = options.variant.empty() ? variant.arenaBytes > largest : name == options.variant;
      if (wanted && (picture.empty() || options.variant.empty())) {
        picture = arenaPicture(program->slicesOf(i), variant.arenaBytes);
        largest = variant.arenaBytes;
      }
    }
  }
  if (picture.empty())
    return Error{quotedPath(options.file) + " has no arena" + (options.variant.empty() ? "" : " of a variant " + quote(options.variant)) +
                 " to draw, only the variants: " + (known.empty() ? "none" : known)};
  auto output = AtomicFile::create(options.svg);
  if (!output)
    return output.error();
  if (auto written = output->write(picture); !written)
    return written;
  return output->commit();
}

Result<void> inspect(const Options &options) {
  auto kind = inputKind(options.file);
  if (!kind)
    return kind.error();
  if (*kind == InputKind::GGUF || *kind == InputKind::Folder)
    return Error{quotedPath(options.file) + " is a checkpoint, expected a model file (--tokenize takes both)"};
  auto file = ModelFileView::open(options.file);
  if (!file)
    return file.error();
  if (options.verify)
    if (auto verified = verify(*file); !verified)
      return verified;
  if (!options.svg.empty())
    if (auto drawn = drawArena(*file, options); !drawn)
      return drawn;
  auto report = options.json ? modelFileJSON(*file) : modelFileText(*file);
  if (!report)
    return report.error();
  if (options.verify && !options.json)
    *report += "\nverified: all sections have their hashes\n";
  return writeOutput(*report);
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Shows what is in a model file: sections, manifest, memory plan with a picture of the arena over time, launch\n"
               "lists and provenance. Weights are not read, unless --verify asks for it.\n\n"
               "With --tokenize it shows the token ids of a text instead, for a model file or a checkpoint.",
               "vspec-inspect");
  app.add_option("FILE", options.file, "Model file; with --tokenize also a GGUF file or a Hugging Face folder")->required();
  auto *json = app.add_flag("--json", options.json, "One JSON object");
  auto *verify = app.add_flag("--verify", options.verify, "Compare everything with its hash, weights too");
  auto *svg = app.add_option("--svg", options.svg, "Draw the arena over time")->type_name("OUT");
  auto *variant = app.add_option("--variant", options.variant, "Variant to draw (the one with the largest arena)")->type_name("NAME");
  auto *tokenizeFile =
      app.add_option("--tokenize", options.tokenize, "Token ids of this text, on one line; - is standard input")->type_name("TEXTFILE");
  auto *noSpecial =
      app.add_flag("--no-special", options.noSpecial, "Add no BOS and EOS, and take special tokens in the text as plain text");
  variant->needs(svg);
  noSpecial->needs(tokenizeFile);
  tokenizeFile->excludes(json)->excludes(verify)->excludes(svg);
  if (auto status = parseCommandLine(app, argc, argv))
    return *status;
  auto done = options.tokenize.empty() ? inspect(options) : tokenize(options);
  return done ? 0 : fail(app, done.error());
}
