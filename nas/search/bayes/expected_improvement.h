// Expected improvement (Mockus 1975; Jones, Schonlau, Welch 1998).
#pragma once

namespace mcunas {

// E max(0, Y - level) of a normal Y; its deviation is >= 0. Never negative, falls with the level.
double ExpectedImprovement(double mean, double deviation, double level);

}  // namespace mcunas
