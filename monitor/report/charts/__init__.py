"""Charts as pictures: matplotlib without pyplot, so that nothing is kept between two of them."""
