"""Small SVG plots that come out the same byte for byte. Needs Debian's python3-matplotlib."""
import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "citybrain", "font.size": 8, "axes.grid": True, "grid.alpha": 0.3,
                            "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "none"})
import matplotlib.pyplot as pyplot  # noqa: E402  after the backend is chosen


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
