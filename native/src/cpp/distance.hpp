// Squared Euclidean distance of one row to the nearest of a few others.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linewatch {

// Row-major float32[rows, columns], borrowed.
struct Matrix {
    const float* data;
    std::size_t rows;
    std::size_t columns;

    const float* row(std::size_t index) const { return data + index * columns; }
};

// min(bound, squared distance from `row` to each of matrix[centres[0..count)]).
// A distance is given up as soon as its partial sum reaches the least one known: the sum only grows, so the result
// is the same as without giving up.
using NearestKernel = float (*)(const Matrix& matrix, const float* row, const std::int64_t* centres,
                                std::size_t count, float bound);

// The widest kernel that this CPU runs, or the portable one.
NearestKernel nearest_kernel(bool portable);

// The name of the kernel that nearest_kernel(false) returns: "avx2" or "portable".
const char* nearest_kernel_name();

}  // namespace linewatch
