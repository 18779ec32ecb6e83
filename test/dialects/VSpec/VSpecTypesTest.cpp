// What text cannot show: types that code makes.
#include "dialects/VSpec/VSpec.h"
#include "mlir/IR/Diagnostics.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace vspec;

TEST(VSpecTypes, FormatsOfWeightsAreCanonical) {
  MLIRContext context;
  context.loadDialect<VSpecDialect>();
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  auto emit = [&] { return emitError(UnknownLoc::get(&context)); };
  EXPECT_FALSE(WeightType::getChecked(emit, &context, int64_t(32), int64_t(64), StringRef("int4"), Layout::Unpacked));
  EXPECT_EQ(message, "format is 'int4', expected its canonical text 'int{4} x 32:f16'");

  auto type = WeightType::get(&context, 32, 64, "f32", Layout::Unpacked);
  WeightType packed = type.withFormat(*parseFormat("int4")).withLayout(Layout::Rows16);
  EXPECT_EQ(packed.getFormat(), "int{4} x 32:f16");
  EXPECT_EQ(packed.getParsedFormat(), *parseFormat("int4"));
  EXPECT_EQ(packed.getLayout(), Layout::Rows16);
}

TEST(VSpecTypes, CachesAreUnplannedUntilPlanKV) {
  MLIRContext context;
  context.loadDialect<VSpecDialect>();
  auto cache = KVCacheType::get(&context, 4, 8, 16);
  EXPECT_FALSE(cache.isPlanned());
  EXPECT_EQ(cache.getWidth(), 32);
  EXPECT_TRUE(KVCacheType::get(&context, 4, 8, 16, "f16", "f16", 512, false).isPlanned());
}
