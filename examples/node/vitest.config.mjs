export default { test: { include: ['*.spec.mjs'] } }; // *.test.mjs are those of node's own runner
