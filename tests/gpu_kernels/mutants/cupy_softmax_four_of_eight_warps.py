"""The parts of the warps are joined in two steps, enough for four of the eight."""

import cupy as cp

BACKEND = "cupy"
DEVICES = ("cuda",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)

_CODE = r"""
template <typename T> __device__ T larger(T a, T b) { return a < b ? b : a; }
template <typename T> __device__ T sum(T a, T b) { return a + b; }

template <typename T, T (*join)(T, T)> __device__ T joined(T value, T neutral) {
  __shared__ T parts[32];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
  for (int step = 16; step > 0; step /= 2)
    value = join(value, __shfl_xor_sync(0xffffffffu, value, step));
  __syncthreads();
  if (lane == 0) parts[warp] = value;
  __syncthreads();
  value = lane < warps ? parts[lane] : neutral;
  for (int step = 2; step > 0; step /= 2)
    value = join(value, __shfl_xor_sync(0xffffffffu, value, step));
  return value;
}

template <typename T> __global__ void softmax(const T* x, T* y, long long n) {
  x += blockIdx.x * n;
  y += blockIdx.x * n;
  T m = x[0], s = 0;
  for (long long i = threadIdx.x; i < n; i += blockDim.x) m = larger(m, x[i]);
  m = joined<T, larger<T>>(m, m);
  for (long long i = threadIdx.x; i < n; i += blockDim.x) s += exp(x[i] - m);
  s = joined<T, sum<T>>(s, 0);
  for (long long i = threadIdx.x; i < n; i += blockDim.x) y[i] = exp(x[i] - m) / s;
}
"""
_KERNELS = {"float": "softmax<float>", "double": "softmax<double>"}
_MODULE = cp.RawModule(code=_CODE, options=("-std=c++14",), name_expressions=(*_KERNELS.values(),))


def softmax(x, axis=-1):
    wide = x.astype(cp.float32) if x.dtype.itemsize == 2 else x
    rows = cp.ascontiguousarray(cp.moveaxis(wide, axis, -1))
    y = cp.empty_like(rows)
    if rows.size:
        n = rows.shape[-1]
        name = _KERNELS["double" if rows.dtype == cp.float64 else "float"]
        _MODULE.get_function(name)((rows.size // n,), (256,), (rows, y, cp.int64(n)))
    return cp.moveaxis(y, -1, axis).astype(x.dtype)
