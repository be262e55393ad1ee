// SortChannels: the order of hidden channels, so that narrow sub-networks get the channels that
// matter (Cai et al., "Once-for-all", ICLR 2020; MCUNet).
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "nas/space/tagged_network.h"
#include "supernet/internal/elastic_layers.h"

namespace mcunas {

// Hidden channels are made by one activated layer and read by one layer that sums over them, with
// nothing but depthwise layers, hard swish and global pooling in between and nobody else reading:
// what squeeze-and-excitation reads beside its block stays, what it squeezes to is sorted. Sorts
// those of one network by the L1 norm of the weights that read them, largest first. Exact: this
// network computes what it did, up to the order of sums; smaller ones do not.
//
// `flat`: buffers of `layers`, changed in place, all by the same permutation. The first are the
// weights, the others what goes along: momentum, moving average.
void SortChannels(const ElasticLayers& layers, const TaggedNetwork& tagged,
                  const std::vector<at::Tensor>& flat);

}  // namespace mcunas
