#include "vspec/Support/Sha256.h"
#include <gtest/gtest.h>

using namespace vspec;

TEST(Sha256, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(toHex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(toHex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(toHex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(toHex(sha256(std::string(1000000, 'a'))), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesAreCut) {
  std::string bytes(1000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = char(i * i);
  for (size_t step : {1, 7, 63, 64, 65, 999}) {
    Sha256 hash;
    for (size_t at = 0; at < bytes.size(); at += step)
      hash.update(bytes.data() + at, std::min(step, bytes.size() - at));
    EXPECT_EQ(hash.finish(), sha256(bytes)) << step;
  }
}

TEST(Sha256, ACopyGoesOnByItself) {
  Sha256 first;
  first.update("a", 1);
  Sha256 second = first;
  first.update("bc", 2);
  EXPECT_EQ(first.finish(), sha256("abc"));
  EXPECT_EQ(second.finish(), sha256("a"));
}
