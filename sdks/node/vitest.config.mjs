export default { test: { setupFiles: ['./marks.mjs'], fileParallelism: false } };
