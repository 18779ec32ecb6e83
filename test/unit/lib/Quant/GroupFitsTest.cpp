// Which weights a fit is made for; how good it is, ScaleSearchTest and RowEncoderTest tell.
#include "lib/Quant/GroupFits.h"
#include "test/unit/lib/Quant/RandomRows.h"
using namespace vspec;

namespace {
struct Fits {
  std::vector<GroupFit> all;
  ScaleSearch search;
};

Fits fitsOf(std::string_view text, const std::vector<float> &weights, int64_t rows, int64_t columns, int64_t group) {
  const Format format = formatOf(text);
  TensorRange range;
  range.add(weights.data(), rows * columns);
  ScaleSearch search(format.element, formOf(text, columns));
  return {fitGroups(format, search, weights.data(), rows, columns, group, range), search};
}
} // namespace

TEST(GroupFits, short_groups_have_their_own) {
  const std::vector<float> weights = randomWeights(3 * 11, 1);
  Fits fits = fitsOf("int4:g4", weights, 3, 11, 4);
  ASSERT_EQ(fits.all.size(), 9u);
  EXPECT_EQ(fits.all[5].scale, fits.search.symmetric(&weights[11 + 8], 3, true).scale);
}

TEST(GroupFits, groups_of_a_row_share_its_fit) {
  const std::vector<float> weights = randomWeights(2 * 40, 2);
  Fits fits = fitsOf("int4:row:min", weights, 2, 40, 32);
  ASSERT_EQ(fits.all.size(), 4u);
  const GroupFit second = fits.search.affine(&weights[40], 40, false);
  for (size_t g : {2, 3})
    EXPECT_TRUE(fits.all[g].scale == second.scale && fits.all[g].minimum == second.minimum);
  EXPECT_NE(fits.all[0].scale, second.scale);
}

TEST(GroupFits, rows_of_a_block_share_its_fit) { // the last block is short in both directions
  const std::vector<float> weights = randomWeights(3 * 20, 3);
  Fits fits = fitsOf("int{4} x 2x16:f16", weights, 3, 20, 16);
  ASSERT_EQ(fits.all.size(), 6u);
  std::vector<float> first(weights.begin(), weights.begin() + 16);
  first.insert(first.end(), weights.begin() + 20, weights.begin() + 36);
  EXPECT_EQ(fits.all[0].scale, fits.search.symmetric(first.data(), 32, true).scale);
  EXPECT_EQ(fits.all[2].scale, fits.all[0].scale);
  EXPECT_EQ(fits.all[5].scale, fits.search.symmetric(&weights[2 * 20 + 16], 4, true).scale);
}

TEST(GroupFits, the_tensor_decides_by_its_range) {
  Fits fits = fitsOf("int4:tensor", {0.5f, -3.5f, 1, 0}, 2, 2, 2);
  ASSERT_EQ(fits.all.size(), 2u);
  for (const GroupFit &fit : fits.all)
    EXPECT_EQ(fit.scale, 3.5f / 8);
  EXPECT_EQ(fitsOf("f16", {1, 2}, 1, 2, 2).all[0].scale, 0); // no levels
}
