"""Logistic regression on two noisy rings, in plain Python: an example of a program that ECOpt tunes.

It knows nothing of ECOpt. It takes its settings as arguments, prints its loss, and writes its metrics as JSON.
"""

import argparse
import json
import math
import random


def main():
    arguments = parse_arguments()
    # The data are the same in every trial; the seed is for the start and the order of training.
    data = make_rings(random.Random("rings"), 1200)
    train, validation, test = data[:800], data[800:1000], data[1000:]
    weights = fit(train, arguments)
    result = {name: evaluate(weights, part) for name, part in (("validation", validation), ("test", test))}
    print(f"validation loss={result['validation']['loss']:.6f}")
    with open(arguments.out, "w", encoding="utf-8") as file:
        json.dump(result, file)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--decay", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="metrics.json")
    return parser.parse_args()


def make_rings(chance, count):
    """Points on two rings with noise; the features are the point, its squares and their product."""
    data = []
    for i in range(count):
        label = i % 2
        angle = chance.uniform(0, 2 * math.pi)
        radius = 1 + label + chance.gauss(0, 0.35)
        x, y = radius * math.cos(angle), radius * math.sin(angle)
        data.append(((1.0, x, y, x * x, y * y, x * y), label))
    return data


def fit(train, arguments):
    """Stochastic gradient descent with weight decay."""
    chance = random.Random(arguments.seed)
    weights = [chance.gauss(0, 0.1) for _ in train[0][0]]
    order = list(train)
    for _ in range(arguments.epochs):
        chance.shuffle(order)
        for start in range(0, len(order), arguments.batch):
            batch = order[start : start + arguments.batch]
            gradient = [0.0] * len(weights)
            for features, label in batch:
                error = predict(weights, features) - label
                for k, feature in enumerate(features):
                    gradient[k] += error * feature / len(batch)
            weights = [w - arguments.lr * (g + arguments.decay * w) for w, g in zip(weights, gradient)]
    return weights


def predict(weights, features):
    total = sum(w * x for w, x in zip(weights, features))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def evaluate(weights, part):
    loss, right = 0.0, 0
    for features, label in part:
        chance = min(max(predict(weights, features), 1e-12), 1 - 1e-12)
        loss -= math.log(chance if label else 1 - chance)
        right += (chance > 0.5) == bool(label)
    return {"loss": loss / len(part), "accuracy": right / len(part)}


if __name__ == "__main__":
    main()
