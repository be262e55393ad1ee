// The worker thread of one board: leases jobs, runs them, settles what became of them and looks
// after the board in between. Private to server/.
#pragma once

#include "board_agent/server/dispatcher_state.h"

namespace mcunas {

// The life of one board's worker thread; returns when state.stopping.
void WorkOnBoard(DispatcherState& state, BoardSlot& slot);

}  // namespace mcunas
