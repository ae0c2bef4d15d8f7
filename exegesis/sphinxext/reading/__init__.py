"""What an author writes in a page: claims, listings, formulas, sliders, figures with words."""
