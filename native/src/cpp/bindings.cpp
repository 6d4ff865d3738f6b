// The Python face of the kernels: turns arrays into matrices, mistakes into ValueErrors, lets go of the GIL.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>

#include <cstdint>
#include <optional>
#include <string>

#include "coreset.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Features = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Rows = nb::ndarray<nb::numpy, std::int64_t, nb::ndim<1>>;
using Progress = std::optional<nb::callable>;

void require(bool condition, const std::string& message) {
    if (!condition) throw nb::value_error(message.c_str());
}

std::string range_message(const char* name, std::int64_t value, std::int64_t low, std::size_t high) {
    return std::string(name) + " must be " + std::to_string(low) + " to " + std::to_string(high) + ", got " +
           std::to_string(value);
}

void require_range(const char* name, std::int64_t value, std::int64_t low, std::size_t high) {
    require(value >= low && value <= static_cast<std::int64_t>(high), range_message(name, value, low, high));
}

void require_finite(const linewatch::Matrix& matrix) {
    const std::size_t position = linewatch::first_not_finite(matrix);
    require(position == matrix.rows * matrix.columns,
            "features must be finite; row " + std::to_string(position / matrix.columns) + ", column " +
                std::to_string(position % matrix.columns) + " is not");
}

Rows to_array(std::vector<std::int64_t>&& values) {
    auto* owned = new std::vector<std::int64_t>(std::move(values));
    nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<std::int64_t>*>(p); });
    return Rows(owned->data(), {owned->size()}, owner);
}

Rows greedy_coreset(const Features& features, std::int64_t count, std::int64_t start, std::int64_t threads,
                    const Progress& progress, bool portable) {
    const linewatch::Matrix matrix{features.data(), features.shape(0), features.shape(1)};
    require(matrix.rows > 0 && matrix.columns > 0, "features must have at least one row and one column");
    require(matrix.rows <= UINT32_MAX, "features must have less than 2**32 rows");
    require_range("count", count, 1, matrix.rows);
    require_range("start", start, 0, matrix.rows - 1);
    require_range("threads", threads, 1, 256);
    const auto poll = [&progress](std::size_t chosen) {
        nb::gil_scoped_acquire held;
        if (PyErr_CheckSignals() != 0) throw nb::python_error();
        if (progress) (*progress)(chosen);
    };
    std::vector<std::int64_t> rows;
    {
        nb::gil_scoped_release released;
        require_finite(matrix);
        rows = linewatch::greedy_coreset(matrix,
                                         {static_cast<std::size_t>(count), static_cast<std::size_t>(start),
                                          static_cast<std::size_t>(threads), portable},
                                         poll);
    }
    return to_array(std::move(rows));
}

}  // namespace

NB_MODULE(_kernels, module) {
    module.doc() = "Compiled kernels; use the modules of linewatch.native that wrap them.";
    module.def("kernel_name", &linewatch::nearest_kernel_name, "Name of the distance kernel that this CPU gets.");
    module.def("greedy_coreset", &greedy_coreset, "features"_a.noconvert(), "count"_a, "start"_a, "threads"_a = 1,
               "progress"_a = nb::none(), "portable"_a = false,
               nb::sig("def greedy_coreset(features: numpy.typing.NDArray[numpy.float32], count: int, start: int, "
                       "threads: int = 1, progress: collections.abc.Callable[[int], object] | None = None, "
                       "portable: bool = False) -> numpy.typing.NDArray[numpy.int64]"),
               "Greedy k-centre selection; see linewatch.native.coreset.");
}
