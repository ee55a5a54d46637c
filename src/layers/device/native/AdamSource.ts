/**
 * Adam over all parameters as one operation of TensorFlow, which has none that leaves its inputs as they are: in C++
 * on TensorFlow's C interface for kernels, whose few functions are declared here because not every distribution has
 * their headers.
 */

/** Elements per block; threads share blocks, and squares are summed in float32 within one and in double over them. */
const block = 1024

/** Elements below which a second thread costs more than it saves. */
const worthwhile = 1 << 19

export const source = `
#include <node_api.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

extern "C" {
typedef struct TF_Status TF_Status;
typedef struct TF_Tensor TF_Tensor;
typedef struct TF_OpDefinitionBuilder TF_OpDefinitionBuilder;
typedef struct TF_KernelBuilder TF_KernelBuilder;
typedef struct TF_OpKernelConstruction TF_OpKernelConstruction;
typedef struct TF_OpKernelContext TF_OpKernelContext;
typedef struct TF_ShapeInferenceContext TF_ShapeInferenceContext;
TF_Status* TF_NewStatus(void);
void TF_DeleteStatus(TF_Status*);
int TF_GetCode(const TF_Status*);
void TF_SetStatus(TF_Status*, int code, const char* message);
void* TF_TensorData(const TF_Tensor*);
int64_t TF_TensorElementCount(const TF_Tensor*);
int TF_NumDims(const TF_Tensor*);
int64_t TF_Dim(const TF_Tensor*, int);
void TF_DeleteTensor(TF_Tensor*);
TF_OpDefinitionBuilder* TF_NewOpDefinitionBuilder(const char*);
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder*, const char*);
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder*, const char*);
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder*, const char*);
void TF_OpDefinitionBuilderSetShapeInferenceFunction(TF_OpDefinitionBuilder*, void (*)(TF_ShapeInferenceContext*, TF_Status*));
void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext*, TF_Status*);
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder*, TF_Status*);
TF_KernelBuilder* TF_NewKernelBuilder(const char*, const char*, void* (*)(TF_OpKernelConstruction*),
                                      void (*)(void*, TF_OpKernelContext*), void (*)(void*));
void TF_RegisterKernelBuilder(const char*, TF_KernelBuilder*, TF_Status*);
int TF_NumInputs(TF_OpKernelContext*);
void TF_GetInput(TF_OpKernelContext*, int, TF_Tensor**, TF_Status*);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext*, int, int type, const int64_t* dims, int rank, size_t bytes, TF_Status*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status*);
}

#if defined(__x86_64__) && defined(__linux__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

namespace {

constexpr int kFloat = 1, kInvalid = 3;
constexpr int64_t kBlock = ${block}, kWorthwhile = ${worthwhile};

/* Of all parameters: what a step has in common. */
struct Shared {
  float beta1, beta2, unbias /* 1 / sqrt(1 - beta2^t) */, epsilon;
};

/* Of one parameter. */
struct Own {
  float rate /* over 1 - beta1^t */, keep /* 1 - rate decay, AdamW */, decay /* added to the gradient, Adam */;
};

/*
 * Kingma and Ba (2015), algorithm 1; decoupled decay by Loshchilov and Hutter (2019). Returns the squares' sum of the
 * gradient as it comes. Compilers vectorise it since parameters, unlike fields, may be declared free of aliases.
 */
WIDE double step(const float* __restrict parameter, const float* __restrict gradient, const float* __restrict first,
                 const float* __restrict second, float* __restrict new_parameter, float* __restrict new_first,
                 float* __restrict new_second, int64_t size, Shared s, Own own) {
  const float rest1 = 1 - s.beta1, rest2 = 1 - s.beta2;
  for (int64_t i = 0; i < size; i++) {
    const float g = gradient[i] + parameter[i] * own.decay;
    const float m = first[i] * s.beta1 + g * rest1, v = second[i] * s.beta2 + g * g * rest2;
    new_first[i] = m;
    new_second[i] = v;
    new_parameter[i] = parameter[i] * own.keep - m / (std::sqrt(v) * s.unbias + s.epsilon) * own.rate;
  }
  float lanes[16] = {};
  int64_t i = 0;
  for (; i + 16 <= size; i += 16)
    for (int j = 0; j < 16; j++) lanes[j] += gradient[i + j] * gradient[i + j];
  double squares = 0;
  for (; i < size; i++) squares += double(gradient[i]) * gradient[i];
  for (float lane : lanes) squares += lane;
  return squares;
}

struct Adam {
  const float *parameter, *gradient, *first, *second;
  float *new_parameter, *new_first, *new_second;
  int64_t size;
  Own own;
  double block(int64_t at, const Shared& shared) const {
    return step(parameter + at, gradient + at, first + at, second + at, new_parameter + at, new_first + at,
                new_second + at, std::min(kBlock, size - at), shared, own);
  }
};

struct Block {
  size_t parameter;
  int64_t at;
};

int threads_for(int64_t elements) {
  const char* asked = std::getenv("TF_NUM_INTRAOP_THREADS");
  const int64_t most = asked == nullptr ? 1 : std::atoi(asked);
  return int(std::max<int64_t>(1, std::min(most, elements / kWorthwhile)));
}

/* The norm of all gradients. The same whatever the number of threads. */
float step_all(const std::vector<Adam>& all, const Shared& shared) {
  std::vector<Block> blocks;
  int64_t elements = 0;
  for (size_t p = 0; p < all.size(); p++) {
    elements += all[p].size;
    for (int64_t at = 0; at < all[p].size; at += kBlock) blocks.push_back({p, at});
  }
  std::vector<double> squares(blocks.size());
  const auto work = [&](size_t begin, size_t end) {
    for (size_t b = begin; b < end; b++) squares[b] = all[blocks[b].parameter].block(blocks[b].at, shared);
  };
  const int threads = threads_for(elements);
  std::vector<std::thread> others;
  for (int t = 1; t < threads; t++)
    others.emplace_back(work, blocks.size() * t / threads, blocks.size() * (t + 1) / threads);
  work(0, blocks.size() / threads);
  for (std::thread& other : others) other.join();
  double sum = 0;
  for (double each : squares) sum += each;
  return float(std::sqrt(sum));
}

/* Inputs and outputs of one call, which are released at its end. */
struct Call {
  TF_OpKernelContext* context;
  TF_Status* status = TF_NewStatus();
  std::vector<TF_Tensor*> held;
  ~Call() {
    for (TF_Tensor* tensor : held) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status);
  }
  bool failed() { return TF_GetCode(status) != 0; }
  TF_Tensor* input(int index) {
    TF_Tensor* tensor = nullptr;
    if (!failed()) TF_GetInput(context, index, &tensor, status);
    if (tensor != nullptr) held.push_back(tensor);
    return tensor;
  }
  float* output(int index, const TF_Tensor* like) {
    if (failed()) return nullptr;
    std::vector<int64_t> dims;
    for (int d = 0; like != nullptr && d < TF_NumDims(like); d++) dims.push_back(TF_Dim(like, d));
    const size_t count = like == nullptr ? 1 : size_t(TF_TensorElementCount(like));
    TF_Tensor* tensor =
        TF_AllocateOutput(context, index, kFloat, dims.data(), int(dims.size()), 4 * count, status);
    if (tensor == nullptr) return nullptr;
    held.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }
};

/* Inputs: N parameters, their gradients, their two averages, then the settings. */
void compute(void*, TF_OpKernelContext* context) {
  Call call{context};
  const int count = (TF_NumInputs(context) - 1) / 4;
  const TF_Tensor* last = call.input(4 * count);
  if (last != nullptr && TF_TensorElementCount(last) != 4 + 3 * count)
    TF_SetStatus(call.status, kInvalid, "AnnealAdam: four settings and three of each parameter are needed");
  const float* settings = call.failed() ? nullptr : static_cast<float*>(TF_TensorData(last));
  std::vector<Adam> all;
  for (int p = 0; p < count && !call.failed(); p++) {
    TF_Tensor* inputs[4];
    for (int role = 0; role < 4; role++) inputs[role] = call.input(role * count + p);
    if (call.failed()) break;
    const int64_t size = TF_TensorElementCount(inputs[0]);
    for (TF_Tensor* each : inputs)
      if (TF_TensorElementCount(each) != size)
        TF_SetStatus(call.status, kInvalid, "AnnealAdam: a gradient or an average does not fit its parameter");
    Adam adam{};
    const float** from[4] = {&adam.parameter, &adam.gradient, &adam.first, &adam.second};
    for (int role = 0; role < 4; role++) *from[role] = static_cast<float*>(TF_TensorData(inputs[role]));
    adam.new_parameter = call.output(1 + p, inputs[0]);
    adam.new_first = call.output(1 + count + p, inputs[0]);
    adam.new_second = call.output(1 + 2 * count + p, inputs[0]);
    adam.size = size;
    adam.own = {settings[4 + 3 * p], settings[5 + 3 * p], settings[6 + 3 * p]};
    all.push_back(adam);
  }
  float* norm = call.output(0, nullptr);
  if (call.failed()) return TF_OpKernelContext_Failure(context, call.status);
  *norm = step_all(all, {settings[0], settings[1], settings[2], settings[3]});
}

bool enrol() {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder("AnnealAdam");
  TF_OpDefinitionBuilderAddAttr(op, "N: int >= 1");
  for (const char* input : {"parameter: N * float", "gradient: N * float", "first: N * float", "second: N * float",
                            "settings: float"})
    TF_OpDefinitionBuilderAddInput(op, input);
  for (const char* output :
       {"norm: float", "new_parameter: N * float", "new_first: N * float", "new_second: N * float"})
    TF_OpDefinitionBuilderAddOutput(op, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, [](TF_ShapeInferenceContext* context, TF_Status* status) {
    TF_ShapeInferenceContextSetUnknownShape(context, status);
  });
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) == 0) {
    TF_KernelBuilder* kernel = TF_NewKernelBuilder("AnnealAdam", "CPU", nullptr, compute, nullptr);
    TF_RegisterKernelBuilder("AnnealAdam", kernel, status);
  }
  const bool done = TF_GetCode(status) == 0;
  TF_DeleteStatus(status);
  return done;
}

napi_value Init(napi_env env, napi_value exports) {
  napi_value registered;
  napi_get_boolean(env, enrol(), &registered);
  napi_set_named_property(env, exports, "registered", registered);
  return exports;
}

}  // namespace

NAPI_MODULE(adam, Init)
`
