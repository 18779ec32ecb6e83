#include "vspec/ModelFile/Fingerprint.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace vspec;
using file::SectionKind;

TEST(Fingerprint, DependsOnProgramsAndWeightsOnly) {
  file::Section sections[4] = {};
  SectionKind kinds[4] = {SectionKind::Manifest, SectionKind::Program, SectionKind::Code, SectionKind::Weights};
  for (int i = 0; i < 4; ++i) {
    sections[i].kind = kinds[i];
    std::memset(sections[i].hash, 'a' + i, 32);
  }
  Digest fingerprint = modelFingerprint(sections, 4);
  EXPECT_EQ(fingerprint, sha256(std::string(32, 'b') + std::string(32, 'd')));
  sections[0].hash[0] = sections[2].hash[0] = 'x';
  EXPECT_EQ(modelFingerprint(sections, 4), fingerprint);
  sections[3].hash[31] = 'x';
  EXPECT_NE(modelFingerprint(sections, 4), fingerprint);
}
