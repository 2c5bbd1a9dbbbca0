/*
 * erfc for a >= 0: erfc(a) = e^(-a^2) t P(t), t = 1 / (1 + a/2). P is our own fit: interpolation of
 * e^(a^2) erfc(a) / t at 11 Chebyshev nodes of t in [0,1]; relative error of P below 3e-8.
 * Highest power first. Private to this room.
 */
#ifndef HEARTH_MODEL_KERNELS_ERFC_POLY_H
#define HEARTH_MODEL_KERNELS_ERFC_POLY_H

enum { ERFC_TERMS = 11 };

static const float kern_erfc_poly[ERFC_TERMS] = {
    0.045351336625051704f, -0.24558003628285605f, 0.5168995401193655f, -0.4824747605371359f,
    0.15188517964811718f,  -0.06795827532430711f, 0.09582719939694415f, 0.1749485963145962f,
    0.24691356121788752f,  0.28209286733462596f,  0.28209479965127304f};

#endif
