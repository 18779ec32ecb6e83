// Keys and values appended to caches of every format, then attention over them: bit for bit against the reference, the same
// however a prompt is cut, and close to double.
#include "KernelFixture.h"
#include "KernelReference.h"
#include "KernelTestWeights.h"
#include "vspec/Plan/CacheLayout.h"
#include "vspec/Support/SmallFloat.h"
#include <cmath>

using namespace vspec;

namespace {
constexpr int64_t heads = 2, slots = 3, capacity = 27; // of a cache; sessions; rows of a step
constexpr int64_t context = 256;                       // tokens that a cache without a window holds
const int64_t lengths[slots] = {201, 70, 33};          // tokens of each session

struct Config {
  const char *keys, *values;
  int64_t size, group, window; // of a head; query heads for each head of the cache; 0: none
  int64_t split;               // tokens
  bool hasSinks = false;
  bool hasParts() const { return !window && split < context; }
  int64_t partColumns() const { return (context + split - 1) / split * heads * group * (size + 2); }
};

std::ostream &operator<<(std::ostream &os, const Config &c) {
  return os << c.keys << " keys, " << c.values << " values, heads of " << c.size << ", groups of " << c.group << ", window " << c.window
            << ", splits of " << c.split << (c.hasSinks ? ", sinks" : "");
}

// Of query heads: one above all scores, one below, one among them.
std::vector<float> sinksOf(const Config &c) {
  std::vector<float> sinks;
  for (int64_t i = 0; c.hasSinks && i < heads * c.group; ++i)
    sinks.push_back(i % 3 == 0 ? 90.0f : i % 3 == 1 ? -90.0f : 1.5f - float(i));
  return sinks;
}

float scaleOf(const Config &c) { return float(1 / std::sqrt(double(c.size))); }

class AttentionKernels : public KernelTest {
protected:
  struct Session {
    std::vector<float> input, queries;   // [tokens][keys and values], [tokens][query heads * size]
    std::vector<CodedRows> keys, values; // by head
  };

  static std::string text(const Config &c, const std::string &id) {
    int64_t width = heads * c.size;
    std::string size = std::to_string(c.size), window = c.window ? "window = " + std::to_string(c.window) + ", " : "",
                queryHeads = std::to_string(heads * c.group);
    std::string cache = "  vspec.kv_cache @c0 : !vspec.kv_cache<heads = 2, head_size = " + size + ", " + window + "k = \"" + c.keys +
                        "\", v = \"" + c.values + "\", capacity = " + std::to_string(context) + (c.window ? ", ring>\n" : ">\n");
    std::string x = rowsType(2 * width), kv = rowsType(width), q = rowsType(width * c.group);
    char scale[32];
    snprintf(scale, sizeof(scale), "%.9e", double(scaleOf(c)));
    std::string headsAndSplit = "heads = " + queryHeads + " : i64, split = " + std::to_string(c.split) + " : i64";
    std::string parts = rowsType(c.partColumns());
    std::string sinkLine = c.hasSinks ? weightLine("w1", 1, heads * c.group, "f32", "plain") : "", sinks = c.hasSinks ? " sinks @w1" : "";
    auto attend = [&](const std::string &name, const std::string &types, const std::string &behind, const char *names) {
      return "vexec.kernel @" + name + id + " {\n" + cache + sinkLine + "func.func @body(%q: " + q + ", %rows: !vspec.rows) -> (" + types + ") {\n  " +
             names + " = vspec.attention %q, %rows, @c0" + sinks + " {" + headsAndSplit + ", scale = " + scale + " : f32} : " + q + behind +
             "\n  return " + names + " : " + types + "\n}\n}\n";
    };
    std::string text = "vexec.kernel @append" + id + " {\n" + weightLine("w0", width, 2 * width, "f32") +
                       weightLine("w1", width, 2 * width, "f32") + cache + "func.func @body(%x: " + x +
                       ", %rows: !vspec.rows) {\n  %k = vspec.linear %x, @w0 : " + x + " -> " + kv +
                       "\n  %v = vspec.linear %x, @w1 : " + x + " -> " + kv + "\n  vspec.kv_append %k, %v, %rows, @c0 : " + kv + ", " + kv +
                       "\n  return\n}\n}\n" + attend("attend", q, "", "%0");
    if (c.hasParts())
      text += attend("part", q + ", " + parts, " parts " + parts, "%0, %1") + "vexec.kernel @merge" + id + " {\n" + sinkLine + "func.func @body(%a: " + q +
              ", %parts: " + parts + ", %rows: !vspec.rows) -> " + q + " {\n  %0 = vspec.merge_splits %a, %parts, %rows" + sinks + " {" + headsAndSplit +
              "} : " + q + ", " + parts + "\n  return %0 : " + q + "\n}\n}\n";
    return text;
  }

  Session session(const Config &c, const CacheLayout &layout, int64_t tokens) {
    Session s{normals(tokens * 2 * heads * c.size), normals(tokens * heads * c.group * c.size, 2), {}, {}};
    // Tokens whose keys and values are zero, or so small that f16 rounds their scale by up to half: codes of int8, or of int4,
    // would pass the largest.
    for (int64_t k = 0; k < c.size; ++k)
      for (int64_t side : {0, 1})
        for (auto [token, factor] : {std::pair(5, 0.0f), {6, 4e-6f}, {7, 2.5e-7f}})
          s.input[size_t(((token * 2 + side) * heads + 1) * c.size + k)] *= factor;
    for (int64_t head = 0; head < heads; ++head) {
      s.keys.push_back(reference::cacheRows(layout.keyForm, tokens, c.size));
      s.values.push_back(reference::cacheRows(layout.valueForm, tokens, c.size));
      for (int64_t t = 0; t < tokens; ++t) {
        reference::storeInCache(layout.keyForm, s.keys.back(), t, &s.input[size_t((t * 2 * heads + head) * c.size)]);
        reference::storeInCache(layout.valueForm, s.values.back(), t, &s.input[size_t((t * 2 * heads + heads + head) * c.size)]);
      }
    }
    return s;
  }

  // Steps of `chunk` tokens of each session that has some left; the outputs of all, by session. Rings are as short as they may
  // be. Each session is `ahead` tokens further than the one before. With `inParts` each split is a tile.
  std::vector<std::vector<float>> run(const Kernels &kernels, const Config &c, const std::string &id, const CacheLayout &layout,
                                      const std::vector<Session> &sessions, int64_t chunk, int64_t ahead = 0, bool inParts = false) {
    int64_t width = heads * c.size, queries = width * c.group;
    NormalForm form = formOf("f32", 2 * width);
    std::vector<Buffer> picks, shares;
    for (int64_t first : {int64_t(0), width}) {
      CodedRows coded(form, width, 2 * width);
      for (int64_t n = 0; n < width; ++n)
        coded.floats[size_t(n * 2 * width + first + n)] = bitsOfFloat(1);
      picks.push_back(packed(form, coded));
    }
    std::vector<StateRef> states;
    for (int64_t slot = 0; slot < slots; ++slot) {
      int64_t tiles = (c.window ? c.window + 8 + 63 : lengths[slot] + 63) / 64 + slot; // at most 9 rows of a session in a step
      shares.emplace_back(size_t(tiles * layout.bytesPerTile()));
      states.push_back({shares.back().as<uint8_t>(), tiles});
    }
    std::vector<std::vector<float>> results(slots);
    std::vector<float> sinkValues = sinksOf(c);
    Buffer sinks = bufferOf(sinkValues);
    auto withSinks = [&](std::vector<const void *> before, std::vector<const void *> behind) {
      if (c.hasSinks)
        before.push_back(sinks.as());
      before.insert(before.end(), behind.begin(), behind.end());
      return before;
    };
    for (int64_t start = -(slots - 1) * ahead; start < lengths[0]; start += chunk) {
      std::vector<Row> rows;
      std::vector<float> input, query;
      auto take = [](std::vector<float> &to, const std::vector<float> &from, int64_t row, int64_t columns) {
        to.insert(to.end(), from.begin() + row * columns, from.begin() + (row + 1) * columns);
      };
      for (int64_t slot = 0; slot < slots; ++slot)
        for (int64_t first = start + slot * ahead, t = std::max<int64_t>(first, 0); t < std::min(first + chunk, lengths[slot]); ++t) {
          rows.push_back({int32_t(slot), int32_t(t), 0, 0});
          take(input, sessions[size_t(slot)].input, t, 2 * width);
          take(query, sessions[size_t(slot)].queries, t, queries);
        }
      Buffer x = bufferOf(input), q = bufferOf(query), output(query.size() * 4);
      StepArguments arguments{int64_t(rows.size()), slots, 0, 0};
      for (const Row &row : rows)
        arguments.maxPosition = std::max<int64_t>(arguments.maxPosition, row.position);
      kernels.launch("append" + id, arguments, {x.as(), rows.data(), picks[0].as(), picks[1].as(), states.data()});
      if (inParts) {
        Buffer parts(rows.size() * size_t(c.partColumns()) * 4);
        kernels.launch("part" + id, arguments, withSinks({q.as(), rows.data(), states.data()}, {output.as(), parts.as()}));
        kernels.launch("merge" + id, arguments, withSinks({output.as(), parts.as(), rows.data()}, {output.as()}));
      } else {
        kernels.launch("attend" + id, arguments, withSinks({q.as(), rows.data(), states.data()}, {output.as()}));
      }
      for (size_t i = 0; i < rows.size(); ++i)
        take(results[size_t(rows[i].slot)], output.values(), int64_t(i), queries);
    }
    return results;
  }
};

// Softmax and sums in double over what the cache holds, and how far rounding the weights of 32 tokens to int8 may move them.
struct ExactAttention {
  std::vector<double> sums, bounds;
};
ExactAttention exactAttention(const CacheLayout &layout, const CodedRows &keys, const CodedRows &values, std::vector<float> query,
                                   int64_t first, int64_t position, double scale, const float *sink) {
  int64_t size = keys.columns;
  if (!layout.keyForm.isFloat()) {
    reference::Int8Row rounded = reference::quantize(query.data(), size, 32);
    for (int64_t k = 0; k < size; ++k)
      query[size_t(k)] = float(rounded.codes[size_t(k)]) * rounded.scales[size_t(k / 32)];
  }
  std::vector<float> k = decodeRows(layout.keyForm, keys), v = decodeRows(layout.valueForm, values);
  std::vector<double> sums(size_t(size), 0.0), bounds(size_t(size), 0.0), scores;
  double total = 0, maximum = sink ? double(*sink) : -INFINITY;
  for (int64_t t = first; t <= position; ++t) {
    double score = 0;
    for (int64_t d = 0; d < size; ++d)
      score += double(query[size_t(d)]) * double(k[size_t(t * size + d)]);
    scores.push_back(score * scale);
    maximum = std::max(maximum, scores.back());
  }
  if (sink)
    total = std::exp(double(*sink) - maximum);
  for (int64_t t = first; t <= position; ++t) {
    double weight = std::exp(scores[size_t(t - first)] - maximum);
    total += weight;
    for (int64_t d = 0; d < size; ++d)
      sums[size_t(d)] += weight * double(v[size_t(t * size + d)]);
  }
  for (int64_t block = first / 32 * 32; block <= position && !layout.valueForm.isFloat(); block += 32)
    for (int64_t d = 0; d < size; ++d) {
      double most = 0, codes = 0;
      for (int64_t t = std::max(first, block); t <= std::min(position, block + 31); ++t) {
        most = std::max(most, std::exp(scores[size_t(t - first)] - maximum) * double(values.scaleAt(layout.valueForm, t, d)));
        codes += std::abs(values.codes[size_t(t * size + d)] - double(layout.valueForm.bias));
      }
      bounds[size_t(d)] += most / 254 * codes;
    }
  for (int64_t d = 0; d < size; ++d)
    sums[size_t(d)] /= total, bounds[size_t(d)] /= total;
  return {sums, bounds};
}
} // namespace

TEST_P(AttentionKernels, EqualTheReferenceHoweverAPromptIsCut) {
  const Config configs[] = {{"f32", "f32", 8, 1, 0, 64},      {"f32", "f16", 80, 3, 0, 512},    {"f16", "f16", 64, 8, 0, 64},
                            {"f16", "f32", 128, 1, 40, 64},   {"int8", "int8", 96, 2, 0, 64},   {"int8", "int8", 8, 8, 40, 512, true},
                            {"int4", "int4", 128, 2, 0, 128, true}, {"int4", "int4", 80, 1, 100, 64}, {"int4", "int8", 32, 3, 0, 512, true},
                            {"int8", "int4", 64, 1, 0, 512, true},  {"f16", "int8", 72, 9, 0, 64},    {"int4", "int4", 256, 1, 0, 512},
                            {"f32", "f32", 16, 3, 0, 64, true}, {"f16", "f16", 64, 2, 0, 512, true}, {"f32", "f16", 8, 2, 100, 64, true}};
  std::string text;
  for (size_t i = 0; i < std::size(configs); ++i)
    text += AttentionKernels::text(configs[i], std::to_string(i));
  Kernels kernels(text, GetParam(), capacity);
  for (size_t i = 0; i < std::size(configs); ++i) {
    const Config &c = configs[i];
    SCOPED_TRACE(testing::PrintToString(c));
    CacheLayout layout = *CacheLayout::create(heads, c.size, c.keys, c.values);
    std::vector<Session> sessions;
    for (int64_t length : lengths)
      sessions.push_back(session(c, layout, length));
    std::vector<std::vector<float>> results = run(kernels, c, std::to_string(i), layout, sessions, 1);
    std::vector<std::vector<float>> chunked = run(kernels, c, std::to_string(i), layout, sessions, 9);
    // The rows of a session go on in position where those of the one before end, and are still its own.
    std::vector<std::vector<float>> staggered = run(kernels, c, std::to_string(i), layout, sessions, 7, 7);
    std::vector<std::vector<std::vector<float>>> inParts;
    if (c.hasParts())
      inParts.push_back(run(kernels, c, std::to_string(i), layout, sessions, 2, 7, true));
    if (i == 0)
      inParts.push_back(run(kernels, c, std::to_string(i), layout, sessions, 1, 0, true));
    for (size_t slot = 0; slot < slots; ++slot) {
      for (const std::vector<std::vector<float>> &other : inParts)
        ASSERT_TRUE(sameBits(other[slot].data(), results[slot].data(), int64_t(results[slot].size()))) << "in parts, slot " << slot;
      ASSERT_TRUE(sameBits(chunked[slot].data(), results[slot].data(), int64_t(results[slot].size()))) << "in chunks of 9, slot " << slot;
      ASSERT_TRUE(sameBits(staggered[slot].data(), results[slot].data(), int64_t(results[slot].size()))) << "staggered, slot " << slot;
      for (int64_t position : {0, 1, 15, 16, 63, 64, 65, 128, 200}) {
        if (position >= lengths[slot])
          continue;
        int64_t first = c.window ? std::max<int64_t>(position - c.window + 1, 0) : 0;
        for (int64_t q = 0; q < heads * c.group; ++q) {
          size_t offset = size_t((position * heads * c.group + q) * c.size), head = size_t(q / c.group);
          const Session &s = sessions[slot];
          float scale = scaleOf(c);
          std::vector<float> sinks = sinksOf(c);
          const float *sink = c.hasSinks ? &sinks[size_t(q)] : nullptr;
          std::vector<float> expected = reference::attention(layout.keyForm, s.keys[head], layout.valueForm, s.values[head],
                                                             &s.queries[offset], first, position, scale, c.split, sink);
          ASSERT_TRUE(sameBits(&results[slot][offset], expected.data(), c.size)) << "position " << position << ", query head " << q;
          std::vector<float> query(s.queries.begin() + ptrdiff_t(offset), s.queries.begin() + ptrdiff_t(offset) + c.size);
          ExactAttention exact = exactAttention(layout, s.keys[head], s.values[head], query, first, position, scale, sink);
          for (int64_t d = 0; d < c.size; ++d)
            ASSERT_NEAR(expected[size_t(d)], exact.sums[size_t(d)], 4e-6 + 1.001 * exact.bounds[size_t(d)])
                << "position " << position << ", query head " << q; // values are below 5
        }
      }
    }
  }
}

VSPEC_ON_ALL_TARGETS(AttentionKernels);
