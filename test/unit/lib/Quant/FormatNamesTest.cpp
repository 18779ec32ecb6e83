// Also keeps docs/Formats.md honest: its table must have these very lines.
#include "RandomRows.h"
#include "vspec/Quant/PackedLayout.h"
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
using namespace vspec;

TEST(FormatNames, every_name_parses_to_its_canonical_text) {
  std::set<std::string_view> seen;
  for (const NamedFormat &named : namedFormats()) {
    EXPECT_TRUE(seen.insert(named.name).second) << named.name;
    EXPECT_EQ(formatOf(named.name).text(), named.text);
    EXPECT_EQ(formatOf(named.text), formatOf(named.name));
  }
  EXPECT_EQ(formatNames().size(), namedFormats().size());
}

TEST(FormatNames, nearest_names_come_first) {
  EXPECT_EQ(nearestFormatNames("q4_kk").substr(0, 4), "q4_k");
  EXPECT_EQ(nearestFormatNames("nv4:g32").substr(0, 3), "nf4");
  EXPECT_EQ(nearestFormatNames(std::string(100000, 'x')).empty(), false);
}

TEST(FormatNames, tables_have_sixteen_ascending_values) {
  for (const char *name : {"nf4", "iq4_nl"}) {
    const std::vector<float> *values = namedTable(name);
    ASSERT_TRUE(values);
    EXPECT_EQ(values->size(), 16u);
    EXPECT_TRUE(std::is_sorted(values->begin(), values->end()));
    EXPECT_EQ(tableName(*values), name);
  }
  EXPECT_EQ(namedTable("nf5"), nullptr);
  EXPECT_EQ(tableName({1, 2}), "");
}

namespace {
/// The size of a decoder's blocks without the decoder, which is the compiler's.
struct Sizes : Decoder {
  explicit Sizes(const Element &element) {
    columns = element.together;
    bytes = element.bits / 8;
    group = 16;
  }
  void decode(const uint8_t *, uint8_t *, float *) const override {}
};
} // namespace

/// | name | in the algebra | bits per weight | packed for the CPU | |
static std::string documentedTable() {
  std::string table = "| name | in the algebra | bits/weight | in a CPU tile | |\n|---|---|---|---|---|\n";
  for (const NamedFormat &named : namedFormats()) {
    Format format = formatOf(named.name);
    Result<NormalForm> form = normalForm(format, 4096);
    Sizes sizes(format.element);
    if (format.element.kind == Element::Kind::Decode) {
      form = NormalForm();
      form->decoder = &sizes;
    }
    char bits[32], packed[32] = "-";
    std::snprintf(bits, sizeof(bits), "%.8g", format.bitsPerWeight(4096, 4096));
    if (form)
      std::snprintf(packed, sizeof(packed), "%.8g", double(PackedLayout(*form, 4096).weightBytes(4096, 4096)) * 8 / (4096.0 * 4096));
    table += "| `" + std::string(named.name) + "` | `" + named.text + "` | " + bits + " | " + packed + " | " + named.summary + " |\n";
  }
  return table;
}

TEST(FormatNames, the_page_has_this_table) {
  std::ifstream file(VSPEC_TEST_DATA "/../../docs/Formats.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_NE(page.str().find(documentedTable()), std::string::npos) << "docs/Formats.md should have\n" << documentedTable();
}
