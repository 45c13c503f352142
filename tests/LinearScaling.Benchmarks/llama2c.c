// Time of one token of llama2.c (https://github.com/karpathy/llama2.c) at a position, best and median of 200, for a
// model of a nano size with random weights:
//   gcc -Ofast -march=native -DRUN='"/path/to/llama2.c/run.c"' -o llama2c llama2c.c -lm
//   ./llama2c 320 864 8 5 264 1024      (hidden, GLU, layers, heads, vocabulary, position)
#define TESTING
#include RUN

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

int main(int argc, char **argv) {
    if (argc != 7) return fprintf(stderr, "hidden glu layers heads vocab position\n"), 2;
    Transformer model = {0};
    int position = atoi(argv[6]), tokens = 200;
    model.config = (Config){atoi(argv[1]), atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atoi(argv[4]), atoi(argv[5]),
                            position + tokens};
    Config *c = &model.config;
    size_t d = c->dim, g = c->hidden_dim, layers = c->n_layers;
    size_t count = c->vocab_size * d + layers * (2 * d + 4 * d * d + 3 * d * g) + d + c->seq_len * (d / c->n_heads);
    float *weights = malloc(count * sizeof(float));
    for (size_t i = 0; i < count; i++) weights[i] = 0.04f * (rand() / (float)RAND_MAX - 0.5f);
    memory_map_weights(&model.weights, c, weights, 1);
    malloc_run_state(&model.state, c);
    for (int p = 0; p < position; p++) forward(&model, p % c->vocab_size, p);
    double times[200];
    for (int i = 0; i < tokens; i++) {
        double began = now();
        forward(&model, i % c->vocab_size, position + i);
        times[i] = now() - began;
    }
    qsort(times, tokens, sizeof(double), ascending);
    printf("llama2.c: position %d: best %.2f ms, median %.2f ms\n", position, times[0], times[tokens / 2]);
    return 0;
}
