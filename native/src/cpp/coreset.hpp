// Greedy k-centre selection (Gonzalez 1985), evaluated lazily.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "distance.hpp"

namespace linewatch {

struct CoresetOptions {
    std::size_t count;    // rows to select, 1 .. matrix.rows
    std::size_t start;    // the first of them
    std::size_t threads;  // 1 or more; the selection does not depend on it
    bool portable;        // do without AVX2
};

// Called on the calling thread every few milliseconds with the number of rows selected so far; may throw.
using Poll = std::function<void(std::size_t chosen)>;

// The rows in the order of their selection, all different. Ties go to the lowest row.
// Needs 12 bytes per row beside the matrix. At most 2^32 - 1 rows; every value must be finite.
std::vector<std::int64_t> greedy_coreset(const Matrix& matrix, const CoresetOptions& options, const Poll& poll);

// The position (row * columns + column) of the first value that is not finite, or rows * columns.
std::size_t first_not_finite(const Matrix& matrix);

}  // namespace linewatch
