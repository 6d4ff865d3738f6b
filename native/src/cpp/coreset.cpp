#include "coreset.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>

#include "team.hpp"

namespace linewatch {
namespace {

// Centres that a row catches up on before it is ranked again: more skip less, fewer rank more often.
constexpr std::size_t kPending = 16;
// Distances between two looks at the clock: well under a millisecond of work.
constexpr std::size_t kPollEvery = 4096;
constexpr std::chrono::milliseconds kPollInterval{20};
constexpr float kChosen = -1.0F;  // below every distance, so that a chosen row never wins again

struct Candidate {
    float distance;
    std::size_t row;

    bool beats(const Candidate& other) const {
        return distance != other.distance ? distance > other.distance : row < other.row;
    }
};

// The rows [begin, end) of the matrix with their squared distance to the nearest centre.
//
// Distances only fall as centres are added, so an old distance bounds the new one from above. The tournament tree
// ranks rows by the distance last known; only the row at its top is brought up to date (Minoux 1978, "Accelerated
// greedy algorithms"), and a row far below the top may skip most centres until the end.
class Shard {
public:
    Shard(const Matrix& matrix, NearestKernel nearest, std::size_t begin, std::size_t end)
        : matrix_(matrix), nearest_(nearest), begin_(begin),
          distance_(end - begin, std::numeric_limits<float>::infinity()), seen_(end - begin, 0),
          winner_(end - begin) {
        for (std::size_t match = winner_.size() - 1; match >= 1; --match) play(match);
    }

    void choose(std::size_t row) {
        if (row < begin_ || row - begin_ >= distance_.size()) return;
        distance_[row - begin_] = kChosen;
        replay(row - begin_);
    }

    // The row farthest from all centres. `pause(distances)` is told of the work done and returns true to give up.
    template <typename Pause>
    Candidate farthest(const std::vector<std::int64_t>& centres, Pause&& pause) {
        std::size_t row = top();
        while (distance_[row] != kChosen && seen_[row] < centres.size()) {
            const std::size_t count = std::min(kPending, centres.size() - seen_[row]);
            distance_[row] = nearest_(matrix_, matrix_.row(begin_ + row), centres.data() + seen_[row], count,
                                      distance_[row]);
            seen_[row] += static_cast<std::uint32_t>(count);
            replay(row);
            if (pause(count)) break;
            row = top();
        }
        return {distance_[row], begin_ + row};
    }

private:
    std::size_t top() const { return winner_.size() == 1 ? 0 : winner_[1]; }

    // Nodes 1 .. rows-1 are matches, nodes rows .. 2*rows-1 are the rows themselves.
    std::uint32_t contestant(std::size_t node) const {
        return node < winner_.size() ? winner_[node] : static_cast<std::uint32_t>(node - winner_.size());
    }

    void play(std::size_t match) {
        const std::uint32_t a = contestant(2 * match), b = contestant(2 * match + 1);
        winner_[match] = Candidate{distance_[a], a}.beats({distance_[b], b}) ? a : b;
    }

    void replay(std::size_t row) {
        for (std::size_t match = (row + winner_.size()) / 2; match >= 1; match /= 2) play(match);
    }

    Matrix matrix_;
    NearestKernel nearest_;
    std::size_t begin_;
    std::vector<float> distance_;        // per row: squared, to the nearest of the centres it has seen
    std::vector<std::uint32_t> seen_;    // per row: how many centres it has been compared with
    std::vector<std::uint32_t> winner_;  // per match: the row with the largest distance
};

// Calls the poll on the calling thread now and then, keeps what it throws, and tells the other threads to give up.
class Patience {
public:
    explicit Patience(const Poll& poll) : poll_(poll), last_(std::chrono::steady_clock::now()) {}

    bool spend(std::size_t member, std::size_t work, std::size_t chosen) {
        if (member == 0 && (spent_ += work) >= kPollEvery) look(chosen);
        return given_up_.load(std::memory_order_relaxed);
    }

    void rethrow() const {
        if (error_) std::rethrow_exception(error_);
    }

private:
    void look(std::size_t chosen) {
        spent_ = 0;
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < kPollInterval) return;
        last_ = now;
        try {
            poll_(chosen);
        } catch (...) {
            error_ = std::current_exception();
            given_up_.store(true, std::memory_order_relaxed);
        }
    }

    const Poll& poll_;
    std::chrono::steady_clock::time_point last_;
    std::size_t spent_ = 0;
    std::exception_ptr error_;
    std::atomic<bool> given_up_{false};
};

std::vector<Shard> split(const Matrix& matrix, NearestKernel nearest, std::size_t threads) {
    const std::size_t parts = std::clamp<std::size_t>(threads, 1, matrix.rows);
    std::vector<Shard> shards;
    shards.reserve(parts);
    for (std::size_t part = 0; part < parts; ++part)
        shards.emplace_back(matrix, nearest, matrix.rows * part / parts, matrix.rows * (part + 1) / parts);
    return shards;
}

}  // namespace

std::vector<std::int64_t> greedy_coreset(const Matrix& matrix, const CoresetOptions& options, const Poll& poll) {
    std::vector<Shard> shards = split(matrix, nearest_kernel(options.portable), options.threads);
    std::vector<Candidate> farthest(shards.size());
    std::vector<std::int64_t> centres;
    centres.reserve(options.count);
    Patience patience(poll);
    const auto choose = [&](std::size_t row) {
        centres.push_back(static_cast<std::int64_t>(row));
        for (Shard& shard : shards) shard.choose(row);
    };
    Team team(shards.size(), [&](std::size_t member) {
        farthest[member] = shards[member].farthest(
            centres, [&](std::size_t work) { return patience.spend(member, work, centres.size()); });
    });
    choose(options.start);
    while (centres.size() < options.count) {
        team.run();
        patience.rethrow();
        choose(std::max_element(farthest.begin(), farthest.end(), [](const Candidate& a, const Candidate& b) {
                   return b.beats(a);
               })->row);
    }
    return centres;
}

std::size_t first_not_finite(const Matrix& matrix) {
    const float* end = matrix.data + matrix.rows * matrix.columns;
    return static_cast<std::size_t>(
        std::find_if(matrix.data, end, [](float value) { return !std::isfinite(value); }) - matrix.data);
}

}  // namespace linewatch
