"""A PyTorch C++ extension, built when it is imported, and registered as torch.ops.examples.

conformance run examples/languages/torch_cpp.py::torch.ops.examples.log_softmax \
    --as 'log_softmax(axis=dim)'
"""

import torch
from torch.utils.cpp_extension import load_inline

SOURCE = """
torch::Tensor log_softmax(torch::Tensor x, int64_t dim) {
  auto shifted = x - x.amax(dim, true);
  return shifted - shifted.exp().sum(dim, true).log();
}
TORCH_LIBRARY(examples, m) { m.def("log_softmax(Tensor x, int dim) -> Tensor", &log_softmax); }
"""
load_inline("conformance_examples", SOURCE, is_python_module=False)
DTYPES = ("float32", "float64")
assert torch.ops.examples.log_softmax
