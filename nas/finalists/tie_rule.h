// The order of the final ranking: the most accurate network wins, but accuracy that nobody can tell
// apart goes to the cheaper one.
#pragma once

#include <vector>

#include "nas/evaluate/final_network.h"
#include "nas/evaluate/task.h"

namespace mcunas {

// Ties are those whose int8 score on the held-out images differs from the best one's by chance, as
// far as 95 % say: McNemar's test where both know which images they got right, else Wilson's
// interval of the best where the score is a share, else equal scores alone. Who lost the race has not
// shown what it can do and ties with nobody: it wins by the best score only. Ties lead, the cheapest
// first (latency, measured before predicted; without any, MACs of the plan), then the others by
// score; networks that failed come last. Sets FinalNetwork::tied.
void SortByTieRule(const Score& score, std::vector<FinalNetwork>* networks);

}  // namespace mcunas
