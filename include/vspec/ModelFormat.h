// The model file: header, section table, and the tables that the runtime walks. docs/ModelFormat.md has a worked example.
//
// All numbers are little endian; all structs are plain, without holes. A section starts at a multiple of 64 KiB. The
// header hash covers the section table, each table entry the bytes of its section. A reader trusts nothing: every offset,
// count and index is checked against the bytes that are there before anything points with it.
#ifndef VSPEC_MODELFORMAT_H
#define VSPEC_MODELFORMAT_H
#include <cstdint>

namespace vspec::file {

constexpr char magic[8] = {'V', 'S', 'P', 'E', 'C', 'M', 'F', '1'};
constexpr uint32_t version = 2;
constexpr uint64_t sectionAlignment = 65536;
constexpr uint32_t maxSections = 64;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t sections;      // entries of the table that follows the header
  uint64_t fileBytes;     // the whole file
  uint64_t reserved;      // 0
  uint8_t tableHash[32];  // SHA-256 of the section table
};
static_assert(sizeof(Header) == 64);

enum class SectionKind : uint32_t {
  Manifest = 1,     // one Manifest
  Program = 2,      // ProgramHeader and its tables; one for each device class
  Code = 3,         // cpu: a flat image to map read + execute; cuda: PTX text
  Entries = 4,      // of a CPU: KernelEntry for each kernel of the program; name and target of its Code
  Weights = 5,      // packed weights of one device class; weight operands are offsets in it
  Tokenizer = 6,    // see Tokenizer.h
  ChatTemplate = 7, // UTF-8 text
  Provenance = 8,   // JSON text: compiler version, flags, hashes of the sources, formats of the weights, work of the kernels
};

enum class Target : uint32_t { None = 0, X86_64 = 1, AArch64 = 2, CUDA = 3 };

/// Processor features that a code section needs, as bits.
enum Features : uint64_t { X86V3 = 1, X86V4 = 2, AVX512VNNI = 4, AVX512VBMI = 8, GFNI = 16, AVXVNNI = 32, DotProd = 64, I8MM = 128 };

struct Section {
  SectionKind kind;
  Target target;
  uint64_t features; // all must be there
  uint64_t offset;   // from the start of the file
  uint64_t bytes;    // not padded; the file is zero up to the next section
  char name[24];     // code: the ISA's name ("avx512", "v3", "sm_80"); program, weights: the device class ("cpu", "cuda")
  uint8_t hash[32];  // SHA-256
  uint64_t reserved; // 0
};
static_assert(sizeof(Section) == 96);

/// What a session needs to know of the model.
struct Manifest {
  uint32_t vocabulary;
  uint32_t contextCeiling; // tokens; no session may ask for more
  uint32_t trainedContext; // of the checkpoint's metadata; 0 if unknown
  uint32_t slots;          // most sessions in one step
  uint32_t layers, hidden; // for reports
  uint32_t endTokens;      // how many of endToken are used
  int32_t bosToken;        // -1: none
  int32_t endToken[12];
  uint32_t addBos;         // 1: a prompt starts with bosToken
  uint32_t reserved;
  char family[24];
  uint8_t fingerprint[32]; // SHA-256 over program and weights hashes: states are only valid for the model that made them
};
static_assert(sizeof(Manifest) == 144);

/// Byte offset in the section and number of elements.
struct Table {
  uint32_t offset, count;
};

/// tiles = factor * ceil((constant + rows * R + slots * S + position * P + selected * O) / divisor), where R are the rows of
/// the step, S its slots, P its largest position, and O its selected rows. The sum is more than -divisor, so tiles are never negative.
/// If `maximum` is not 0, factor multiplies at most that: rows may choose no more experts than the model has. One of the
/// launch's operands is then of kind Routes.
struct Grid {
  int32_t factor, constant, rows, slots, position, selected;
  int32_t divisor; // > 0
  int32_t maximum; // 0: none
};

enum class OperandKind : uint32_t {
  Arena = 1,  // address of the slice [offset, offset + bytes) of the arena
  Weight = 2, // address of [offset, offset + bytes) of the weights
  State = 3,  // address of StateRef[slots] of state `index`
  Rows = 4,   // address of Row[rows]
  Select = 5, // address of int32 [selected]: the rows whose logits are wanted
  Routes = 6, // as Arena; what the slice holds begins with int32: how many experts the rows chose (Plan/RouteTable.h)
};
constexpr bool liesInArena(OperandKind kind) { return kind == OperandKind::Arena || kind == OperandKind::Routes; }

struct Operand {
  OperandKind kind;
  uint32_t index;
  uint64_t offset, bytes;
};

struct Kernel {
  uint32_t name;         // offset in the strings
  uint32_t reserved;
  uint64_t scratchBytes; // of one worker, at the row capacity of the largest variant
  uint64_t panelBytes;   // of the rows that its prologue prepares, at that capacity
};

struct KernelEntry {
  uint64_t prologue, tile; // offsets in the code image; `none` if there is no prologue
  static constexpr uint64_t none = ~uint64_t(0);
};

struct Launch {
  uint32_t kernel;
  uint32_t name;                    // offset in the strings: where in the model it comes from
  uint32_t firstOperand, operands;
  Grid grid;
};

struct State {
  uint32_t name;
  uint32_t tokensPerTile;  // 64; 0: one tile whatever the context, which a session cannot take back to an earlier position
  uint64_t bytesPerTile;   // of all heads, K and V
  uint64_t ringTokens;     // 0: grows with the session's context; else at most this many tokens, a multiple of tokensPerTile
};

/// The launch list for at most `rowCapacity` rows.
struct Variant {
  uint32_t name; // "decode" or "prefill"
  uint32_t rowCapacity;
  uint32_t firstLaunch, launches;
  uint64_t arenaBytes;
  uint64_t logitsOffset, logitsBytes; // in the arena: f32 [selected][vocabulary]
  uint32_t logitsCapacity;            // most selected rows
  uint32_t reserved;
};

/// For reports only: what lies where in the arena from which launch to which (inclusive; counted from the variant's first).
struct Slice {
  uint32_t variant, name, firstLaunch, lastLaunch;
  uint64_t offset, bytes;
};

struct ProgramHeader {
  Table strings; // zero-terminated UTF-8; count is bytes
  Table kernels, states, variants, launches, operands, slices;
};
static_assert(sizeof(Grid) == 32 && sizeof(Operand) == 24 && sizeof(Kernel) == 24 && sizeof(KernelEntry) == 16 && sizeof(Launch) == 48);
static_assert(sizeof(State) == 24 && sizeof(Variant) == 48 && sizeof(Slice) == 32 && sizeof(ProgramHeader) == 56);

} // namespace vspec::file
#endif
