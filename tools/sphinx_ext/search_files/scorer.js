// Which results come first: the chapters that teach a word, then what applies it, the interface of the library last.
var Scorer = {
  score: ([docname, _title, _anchor, _descr, score]) => {
    const weights = [[/^chapters\/(start|classic|light|flops|modern)\//, 2], [/^chapters\/audit\//, 0.5],
      [/^chapters\/back\/api$/, 0.25], [/^exercises\//, 0.7]];
    const found = weights.find(([pattern]) => pattern.test(docname));
    return score * (found ? found[1] : 1);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: {0: 15, 1: 5, 2: -5},
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
