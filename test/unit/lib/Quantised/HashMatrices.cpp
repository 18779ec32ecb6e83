// Prints the SHA-256 of matrices of a quantised checkpoint, decoded to f32 in their own order: FOLDER MODULE ROWS COLUMNS ...
#include "QuantisedFolder.h"
#include <cstdio>

using namespace vspec;

static int fail(const std::string &message) { return std::fprintf(stderr, "%s\n", message.c_str()), 1; }

int main(int count, char **arguments) {
  if (count < 2)
    return fail("a folder is missing");
  Result<Checkpoint> checkpoint = Checkpoint::open(arguments[1]);
  if (!checkpoint)
    return fail(checkpoint.error().message);
  Result<std::optional<Quantisation>> quantisation = Quantisation::of(*checkpoint);
  if (!quantisation || !*quantisation)
    return fail(quantisation ? "not quantised" : quantisation.error().message);
  for (int i = 2; i + 2 < count; i += 3) {
    Result<std::optional<QuantisedMatrix>> matrix =
        (**quantisation).matrix(*checkpoint, arguments[i], std::stoll(arguments[i + 1]), std::stoll(arguments[i + 2]));
    if (!matrix || !*matrix)
      return fail(matrix ? std::string(arguments[i]) + " is in plain floats" : matrix.error().message);
    std::vector<float> values = valuesOf(**matrix);
    for (float &value : values)
      value += 0.0f; // a zero has no sign
    Digest digest = sha256({reinterpret_cast<const char *>(values.data()), values.size() * 4});
    for (uint8_t byte : digest)
      std::printf("%02x", byte);
    std::printf("  %s  %s\n", arguments[i], (**matrix).format.text().c_str());
  }
}
