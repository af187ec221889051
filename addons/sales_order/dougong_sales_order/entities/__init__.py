"""What sales orders remember."""

from dougong_sales_order.entities.orders import OrderState, SalesOrder, SalesOrderLine

__all__ = ["OrderState", "SalesOrder", "SalesOrderLine"]
