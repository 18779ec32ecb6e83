// Convolutions and scans over the rows of several sessions: bit for bit against the reference, however a prompt is cut.
#include "KernelFixture.h"
#include "KernelReference.h"
#include <limits>

using namespace vspec;

namespace {
constexpr int64_t slots = 3, capacity = 24; // sessions; rows of a step
const int64_t lengths[slots] = {19, 8, 1};  // tokens of each session

class RecurrenceKernels : public KernelTest {
protected:
  struct Session {
    std::vector<float> input, dt, beta, output; // [tokens][columns]
  };
  using Sessions = std::vector<Session>;

  /// Launches steps of `chunk` tokens of each session that has some left. Operands in front of `rows`: the inputs, the first of them
  /// in so many parts of columns as `split` has; behind it: the states and `weights`. A state starts as NaN: position 0 must not read it.
  void run(const Kernels &kernels, const std::string &kernel, Sessions &sessions, int64_t columns, int64_t heads, int64_t width,
           int64_t stateSize, const std::vector<const void *> &weights, int64_t chunk, std::vector<int64_t> split = {}) {
    if (split.empty())
      split = {columns};
    std::vector<Buffer> memory;
    for (int64_t slot = 0; slot < slots; ++slot)
      memory.emplace_back(size_t(stateSize * 4));
    for (Session &session : sessions)
      session.output.clear();
    for (int64_t start = 0; start < lengths[0]; start += chunk) {
      std::vector<Row> rows;
      std::vector<StateRef> states;
      std::vector<float> dt, beta;
      std::vector<std::vector<float>> inputs(split.size());
      std::vector<Session *> stepped;
      auto take = [](std::vector<float> &to, const std::vector<float> &from, int64_t row, int64_t count) {
        to.insert(to.end(), from.begin() + row * count, from.begin() + (row + 1) * count);
      };
      for (int64_t s = slots - 1; s >= 0; --s) { // the longest one last: slots differ from step to step
        if (lengths[s] <= start)
          continue;
        for (int64_t t = start; t < std::min(start + chunk, lengths[s]); ++t) {
          rows.push_back({int32_t(states.size()), int32_t(t), 0, 0});
          stepped.push_back(&sessions[size_t(s)]);
          auto from = sessions[size_t(s)].input.begin() + t * columns;
          for (size_t i = 0; i < split.size(); from += split[i++])
            inputs[i].insert(inputs[i].end(), from, from + split[i]);
          take(dt, sessions[size_t(s)].dt, t, heads);
          if (!sessions[size_t(s)].beta.empty())
            take(beta, sessions[size_t(s)].beta, t, heads);
        }
        states.push_back({memory[size_t(s)].as<uint8_t>(), 1});
      }
      std::vector<Buffer> parts;
      for (const std::vector<float> &input : inputs)
        parts.push_back(bufferOf(input));
      Buffer steps = bufferOf(dt), shares = bufferOf(beta), output(rows.size() * size_t(width) * 4);
      std::vector<const void *> operands;
      for (const Buffer &part : parts)
        operands.push_back(part.as());
      if (heads)
        operands.push_back(steps.as());
      if (!beta.empty())
        operands.push_back(shares.as());
      operands.insert(operands.end(), {rows.data(), states.data()});
      operands.insert(operands.end(), weights.begin(), weights.end());
      operands.push_back(output.as());
      kernels.launch(kernel, StepArguments{int64_t(rows.size()), int64_t(states.size()), lengths[0], 0}, operands);
      for (size_t i = 0; i < rows.size(); ++i)
        take(stepped[i]->output, output.values(), int64_t(i), width);
    }
  }

  static std::string stateLine(const std::string &name, const std::string &shape) {
    return "  vspec.recurrent_state @" + name + " : !vspec.recurrent_state<" + shape + ">\n";
  }
};
} // namespace

TEST_P(RecurrenceKernels, Convolutions) {
  struct Config {
    int64_t channels, columns;
    bool bias;
    std::vector<int64_t> split; // of the channels into inputs
  };
  std::string text;
  const Config configs[] = {{1, 2, false, {1}}, {64, 4, true, {64}}, {120, 3, true, {24, 96}}, {176, 5, false, {68, 4, 104}}};
  auto nameOf = [](const Config &c) { return "convolve_" + std::to_string(c.channels); };
  for (const Config &c : configs) {
    std::string y = rowsType(c.channels), arguments, names, types;
    for (size_t i = 0; i < c.split.size(); ++i) {
      std::string comma = i ? ", " : "", name = "%x" + std::to_string(i), type = rowsType(c.split[i]);
      names += comma + name, types += comma + type, arguments += name + ": " + type + ", ";
    }
    text += "vexec.kernel @" + nameOf(c) + " {\n" + stateLine("c0", std::to_string(c.columns - 1) + "x" + std::to_string(c.channels)) +
            weightLine("w1", c.channels, c.columns, "f32", "plain") + (c.bias ? weightLine("w2", 1, c.channels, "f32", "plain") : "") +
            "func.func @body(" + arguments + "%rows: !vspec.rows) -> " + y + " {\n  %0 = vspec.causal_conv1d(" + names +
            "), %rows, @c0, @w1" + (c.bias ? " bias @w2" : "") + " : " + types + " -> " + y + "\n  return %0 : " + y + "\n}\n}\n";
  }
  Kernels kernels(text, GetParam(), capacity);
  for (const Config &c : configs) {
    std::vector<float> weights = normals(c.channels * c.columns), bias = normals(c.channels);
    if (!c.bias)
      bias.assign(bias.size(), 0);
    Buffer weightBuffer = bufferOf(weights), biasBuffer = bufferOf(bias);
    Sessions sessions;
    for (int64_t length : lengths)
      sessions.push_back({normals(length * c.channels, 2), {}, {}, {}});
    std::vector<const void *> operands{weightBuffer.as()};
    if (c.bias)
      operands.push_back(biasBuffer.as());
    for (int64_t chunk : {1, 2, 8}) {
      run(kernels, nameOf(c), sessions, c.channels, 0, c.channels, (c.columns - 1) * c.channels, operands, chunk, c.split);
      for (int64_t s = 0; s < slots; ++s) {
        std::vector<float> expected;
        for (int64_t t = 0; t < lengths[s]; ++t)
          for (int64_t channel = 0; channel < c.channels; ++channel) {
            std::vector<float> inputs;
            for (int64_t from = t - c.columns + 1; from <= t; ++from)
              inputs.push_back(from < 0 ? 0 : sessions[size_t(s)].input[size_t(from * c.channels + channel)]);
            expected.push_back(reference::convolution(inputs, &weights[size_t(channel * c.columns)], bias[size_t(channel)]));
          }
        EXPECT_TRUE(sameBits(sessions[size_t(s)].output.data(), expected.data(), int64_t(expected.size())))
            << c.channels << " channels, chunks of " << chunk << ", session " << s;
      }
    }
  }
}

TEST_P(RecurrenceKernels, Scans) {
  struct Config {
    int64_t heads, size, width, groups;
    float least, most;
  };
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const Config configs[] = {{1, 1, 1, 1, 0, infinity},
                            {4, 8, 16, 2, 0, infinity},
                            {2, 5, 12, 1, 0.5f, 0.75f},
                            {3, 16, 80, 3, 0, 0.5f},
                            {2, 16, 128, 1, 0.25f, infinity}};
  std::string text;
  auto nameOf = [](const Config &c) { return "scan_" + std::to_string(c.width); };
  auto columnsOf = [](const Config &c) { return c.heads * c.width + 2 * c.groups * c.size; };
  for (const Config &c : configs) {
    std::string x = rowsType(columnsOf(c)), dt = rowsType(c.heads), y = rowsType(c.heads * c.width), limits;
    if (c.least > 0)
      limits += ", dt_least = " + std::to_string(c.least) + " : f32";
    if (c.most < infinity)
      limits += ", dt_most = " + std::to_string(c.most) + " : f32";
    text += "vexec.kernel @" + nameOf(c) + " {\n" +
            stateLine("c0", std::to_string(c.heads) + "x" + std::to_string(c.size) + "x" + std::to_string(c.width)) +
            weightLine("w1", 1, c.heads, "f32", "plain") + weightLine("w2", 1, c.heads, "f32", "plain") +
            weightLine("w3", 1, c.heads, "f32", "plain") + "func.func @body(%x: " + x + ", %dt: " + dt + ", %rows: !vspec.rows) -> " + y +
            " {\n  %0 = vspec.ssm_scan %x, %dt, %rows, @c0 decay @w1 skip @w2 dt_bias @w3 {groups = " + std::to_string(c.groups) +
            " : i64" + limits + "} : " + x + ", " + dt + " -> " + y + "\n  return %0 : " + y + "\n}\n}\n";
  }
  Kernels kernels(text, GetParam(), capacity);
  for (const Config &c : configs) {
    int64_t columns = columnsOf(c), inner = c.heads * c.width;
    std::vector<float> decays = normals(c.heads), skips = normals(c.heads), biases = normals(c.heads);
    for (float &decay : decays)
      decay = -std::exp(decay);
    Buffer decayBuffer = bufferOf(decays), skipBuffer = bufferOf(skips), biasBuffer = bufferOf(biases);
    Sessions sessions;
    for (int64_t length : lengths)
      sessions.push_back({normals(length * columns), normals(length * c.heads, 2), {}, {}});
    for (int64_t chunk : {1, 3, 8}) {
      run(kernels, nameOf(c), sessions, columns, c.heads, inner, c.heads * c.size * c.width,
          {decayBuffer.as(), skipBuffer.as(), biasBuffer.as()}, chunk);
      for (int64_t s = 0; s < slots; ++s) {
        std::vector<float> expected(size_t(lengths[s] * inner));
        for (int64_t head = 0; head < c.heads; ++head) {
          size_t h = size_t(head);
          std::vector<float> state(size_t(c.size * c.width), 0.0f);
          for (int64_t t = 0; t < lengths[s]; ++t) {
            const float *row = &sessions[size_t(s)].input[size_t(t * columns)];
            const float *x = row + head * c.width, *b = row + inner + head / (c.heads / c.groups) * c.size, *m = b + c.groups * c.size;
            std::vector<float> y =
                reference::scan({decays[h], skips[h], biases[h], c.least, c.most}, state,
                                sessions[size_t(s)].dt[size_t(t * c.heads + head)], {x, x + c.width}, {b, b + c.size}, {m, m + c.size});
            std::copy(y.begin(), y.end(), expected.begin() + t * inner + head * c.width);
          }
        }
        EXPECT_TRUE(sameBits(sessions[size_t(s)].output.data(), expected.data(), int64_t(expected.size())))
            << c.heads << " heads of " << c.width << ", chunks of " << chunk << ", session " << s;
      }
    }
  }
}

TEST_P(RecurrenceKernels, DeltaRules) {
  struct Config {
    int64_t heads, size, width, groups;
  };
  const Config configs[] = {{1, 1, 1, 1}, {4, 8, 16, 2}, {2, 5, 12, 1}, {3, 16, 80, 3}, {6, 24, 128, 2}};
  std::string text;
  auto nameOf = [](const Config &c) { return "delta_" + std::to_string(c.width); };
  auto columnsOf = [](const Config &c) { return c.heads * c.width + 2 * c.groups * c.size; };
  for (const Config &c : configs) {
    std::string x = rowsType(columnsOf(c)), dt = rowsType(c.heads), y = rowsType(c.heads * c.width);
    text += "vexec.kernel @" + nameOf(c) + " {\n" +
            stateLine("c0", std::to_string(c.heads) + "x" + std::to_string(c.size) + "x" + std::to_string(c.width)) +
            weightLine("w1", 1, c.heads, "f32", "plain") + weightLine("w2", 1, c.heads, "f32", "plain") + "func.func @body(%x: " + x +
            ", %dt: " + dt + ", %beta: " + dt + ", %rows: !vspec.rows) -> " + y +
            " {\n  %0 = vspec.gated_delta %x, %dt, %beta, %rows, @c0 decay @w1 dt_bias @w2 {groups = " + std::to_string(c.groups) +
            " : i64} : " + x + ", " + dt + " -> " + y + "\n  return %0 : " + y + "\n}\n}\n";
  }
  Kernels kernels(text, GetParam(), capacity);
  for (const Config &c : configs) {
    int64_t columns = columnsOf(c), inner = c.heads * c.width;
    std::vector<float> decays = normals(c.heads), biases = normals(c.heads);
    for (float &decay : decays)
      decay = -std::exp(decay);
    Buffer decayBuffer = bufferOf(decays), biasBuffer = bufferOf(biases);
    Sessions sessions;
    for (int64_t length : lengths)
      sessions.push_back({normals(length * columns), normals(length * c.heads, 2), normals(length * c.heads, 2), {}});
    for (int64_t chunk : {1, 3, 8}) {
      run(kernels, nameOf(c), sessions, columns, c.heads, inner, c.heads * c.size * c.width, {decayBuffer.as(), biasBuffer.as()}, chunk);
      for (int64_t s = 0; s < slots; ++s) {
        const Session &session = sessions[size_t(s)];
        std::vector<float> expected(size_t(lengths[s] * inner));
        for (int64_t head = 0; head < c.heads; ++head) {
          std::vector<float> state(size_t(c.size * c.width), 0.0f);
          for (int64_t t = 0; t < lengths[s]; ++t) {
            const float *row = &session.input[size_t(t * columns)], *q = row + head / (c.heads / c.groups) * c.size;
            const float *k = q + c.groups * c.size, *v = row + 2 * c.groups * c.size + head * c.width;
            size_t ofHead = size_t(t * c.heads + head);
            std::vector<float> y = reference::gatedDelta({decays[size_t(head)], biases[size_t(head)]}, state, session.dt[ofHead],
                                                         session.beta[ofHead], {q, q + c.size}, {k, k + c.size}, {v, v + c.width});
            std::copy(y.begin(), y.end(), expected.begin() + t * inner + head * c.width);
          }
        }
        EXPECT_TRUE(sameBits(session.output.data(), expected.data(), int64_t(expected.size())))
            << c.heads << " heads of " << c.width << ", chunks of " << chunk << ", session " << s;
      }
    }
  }
}

VSPEC_ON_ALL_TARGETS(RecurrenceKernels);
