"""The paper's Figure 7: one loss's weight varied, the others as they are."""
