/* The measurement: paint, warm up, time, profile, compare, report. */
#ifndef MCUNAS_FIRMWARE_MEASURE_H
#define MCUNAS_FIRMWARE_MEASURE_H

#include "firmware/harness/board_support.h"

_Noreturn void mcu_measure(const struct mcu_board* board);

#endif
