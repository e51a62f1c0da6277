// Written by fix/dictionary/embed.sh from fix/dictionary/FIX44.xml. Change that file, not this one.

#include "fix/quickfix/fix44_dictionary.hpp"

namespace evenkeel {
namespace fix {

// clang-format off
const char kFix44Dictionary[] = R"xml(<?xml version="1.0" encoding="UTF-8"?>
<!--
  The part of FIX 4.4 that Evenkeel speaks: session messages, single orders, and reports about them.

  Messages of other types are rejected. Inside the messages below, tags that are not listed are let through unread, as
  brokers add their own, and required="Y" stands only where Evenkeel cannot do without the field.

  QuickFIX reads required="true" in the header and the trailer and required="Y" everywhere else.

  No field has the type DATA: QuickFIX believes the length field in front of such a field and reads that many bytes,
  however many there are. RawData, XmlData and their like are strings here, so an SOH inside one makes the message garbled.

  This file is the source; embed.sh writes fix/quickfix/fix44_dictionary.cpp from it, and a test compares the two.
-->
<fix type="FIX" major="4" minor="4">
  <header>
    <field name="BeginString" required="true"/>
    <field name="BodyLength" required="true"/>
    <field name="MsgType" required="true"/>
    <field name="SenderCompID" required="true"/>
    <field name="TargetCompID" required="true"/>
    <field name="OnBehalfOfCompID" required="false"/>
    <field name="DeliverToCompID" required="false"/>
    <field name="SecureDataLen" required="false"/>
    <field name="SecureData" required="false"/>
    <field name="MsgSeqNum" required="true"/>
    <field name="SenderSubID" required="false"/>
    <field name="SenderLocationID" required="false"/>
    <field name="TargetSubID" required="false"/>
    <field name="TargetLocationID" required="false"/>
    <field name="OnBehalfOfSubID" required="false"/>
    <field name="OnBehalfOfLocationID" required="false"/>
    <field name="DeliverToSubID" required="false"/>
    <field name="DeliverToLocationID" required="false"/>
    <field name="PossDupFlag" required="false"/>
    <field name="PossResend" required="false"/>
    <field name="SendingTime" required="true"/>
    <field name="OrigSendingTime" required="false"/>
    <field name="XmlDataLen" required="false"/>
    <field name="XmlData" required="false"/>
    <field name="MessageEncoding" required="false"/>
    <field name="LastMsgSeqNumProcessed" required="false"/>
    <group name="NoHops" required="N">
      <field name="HopCompID" required="false"/>
      <field name="HopSendingTime" required="false"/>
      <field name="HopRefID" required="false"/>
    </group>
  </header>
  <messages>
    <message name="Heartbeat" msgtype="0" msgcat="admin">
      <field name="TestReqID" required="N"/>
    </message>
    <message name="TestRequest" msgtype="1" msgcat="admin">
      <field name="TestReqID" required="Y"/>
    </message>
    <message name="ResendRequest" msgtype="2" msgcat="admin">
      <field name="BeginSeqNo" required="Y"/>
      <field name="EndSeqNo" required="Y"/>
    </message>
    <message name="Reject" msgtype="3" msgcat="admin">
      <field name="RefSeqNum" required="Y"/>
      <field name="RefTagID" required="N"/>
      <field name="RefMsgType" required="N"/>
      <field name="SessionRejectReason" required="N"/>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="SequenceReset" msgtype="4" msgcat="admin">
      <field name="GapFillFlag" required="N"/>
      <field name="NewSeqNo" required="Y"/>
    </message>
    <message name="Logout" msgtype="5" msgcat="admin">
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="ExecutionReport" msgtype="8" msgcat="app">
      <field name="OrderID" required="Y"/>
      <field name="SecondaryOrderID" required="N"/>
      <field name="SecondaryClOrdID" required="N"/>
      <field name="SecondaryExecID" required="N"/>
      <field name="ClOrdID" required="N"/>
      <field name="OrigClOrdID" required="N"/>
      <field name="OrdStatusReqID" required="N"/>
      <field name="MassStatusReqID" required="N"/>
      <field name="TotNumReports" required="N"/>
      <field name="LastRptRequested" required="N"/>
      <group name="NoPartyIDs" required="N">
        <field name="PartyID" required="N"/>
        <field name="PartyIDSource" required="N"/>
        <field name="PartyRole" required="N"/>
        <group name="NoPartySubIDs" required="N">
          <field name="PartySubID" required="N"/>
          <field name="PartySubIDType" required="N"/>
        </group>
      </group>
      <group name="NoContraBrokers" required="N">
        <field name="ContraBroker" required="N"/>
        <field name="ContraTrader" required="N"/>
        <field name="ContraTradeQty" required="N"/>
        <field name="ContraTradeTime" required="N"/>
        <field name="ContraLegRefID" required="N"/>
      </group>
      <field name="ExecID" required="Y"/>
      <field name="ExecRefID" required="N"/>
      <field name="ExecType" required="Y"/>
      <field name="OrdStatus" required="Y"/>
      <field name="OrdRejReason" required="N"/>
      <field name="ExecRestatementReason" required="N"/>
      <field name="Account" required="N"/>
      <field name="SettlType" required="N"/>
      <field name="SettlDate" required="N"/>
      <field name="TradeDate" required="N"/>
      <field name="Symbol" required="N"/>
      <field name="SecurityID" required="N"/>
      <field name="SecurityIDSource" required="N"/>
      <group name="NoSecurityAltID" required="N">
        <field name="SecurityAltID" required="N"/>
        <field name="SecurityAltIDSource" required="N"/>
      </group>
      <field name="CFICode" required="N"/>
      <field name="SecurityType" required="N"/>
      <field name="MaturityMonthYear" required="N"/>
      <field name="MaturityDate" required="N"/>
      <field name="SecurityExchange" required="N"/>
      <field name="ContractMultiplier" required="N"/>
      <field name="PutOrCall" required="N"/>
      <field name="StrikePrice" required="N"/>
      <field name="Issuer" required="N"/>
      <field name="SecurityDesc" required="N"/>
      <field name="Side" required="Y"/>
      <field name="OrderQty" required="N"/>
      <field name="OrdType" required="N"/>
      <field name="PriceType" required="N"/>
      <field name="Price" required="N"/>
      <field name="StopPx" required="N"/>
      <field name="Currency" required="N"/>
      <field name="TimeInForce" required="N"/>
      <field name="ExecInst" required="N"/>
      <field name="OrderCapacity" required="N"/>
      <field name="LastQty" required="N"/>
      <field name="LastPx" required="N"/>
      <field name="LeavesQty" required="Y"/>
      <field name="CumQty" required="Y"/>
      <field name="AvgPx" required="N"/>
      <field name="TransactTime" required="N"/>
      <field name="HandlInst" required="N"/>
      <field name="MultiLegReportingType" required="N"/>
      <field name="TradingSessionID" required="N"/>
      <group name="NoMiscFees" required="N">
        <field name="MiscFeeAmt" required="N"/>
        <field name="MiscFeeCurr" required="N"/>
        <field name="MiscFeeType" required="N"/>
        <field name="MiscFeeBasis" required="N"/>
      </group>
      <group name="NoLegs" required="N">
        <field name="LegSymbol" required="N"/>
        <field name="LegSecurityID" required="N"/>
        <field name="LegSecurityIDSource" required="N"/>
        <field name="LegCFICode" required="N"/>
        <field name="LegSecurityType" required="N"/>
        <field name="LegMaturityMonthYear" required="N"/>
        <field name="LegMaturityDate" required="N"/>
        <field name="LegSecurityExchange" required="N"/>
        <field name="LegSecurityDesc" required="N"/>
        <field name="LegRatioQty" required="N"/>
        <field name="LegSide" required="N"/>
        <field name="LegCurrency" required="N"/>
        <field name="LegQty" required="N"/>
        <field name="LegPositionEffect" required="N"/>
        <field name="LegCoveredOrUncovered" required="N"/>
        <field name="LegRefID" required="N"/>
        <field name="LegPrice" required="N"/>
        <field name="LegSettlType" required="N"/>
        <field name="LegSettlDate" required="N"/>
        <field name="LegLastPx" required="N"/>
      </group>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="OrderCancelReject" msgtype="9" msgcat="app">
      <field name="OrderID" required="Y"/>
      <field name="SecondaryOrderID" required="N"/>
      <field name="ClOrdID" required="Y"/>
      <field name="OrigClOrdID" required="N"/>
      <field name="OrdStatus" required="Y"/>
      <field name="Account" required="N"/>
      <field name="TransactTime" required="N"/>
      <field name="CxlRejResponseTo" required="Y"/>
      <field name="CxlRejReason" required="N"/>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="Logon" msgtype="A" msgcat="admin">
      <field name="EncryptMethod" required="Y"/>
      <field name="HeartBtInt" required="Y"/>
      <field name="RawDataLength" required="N"/>
      <field name="RawData" required="N"/>
      <field name="ResetSeqNumFlag" required="N"/>
      <field name="NextExpectedMsgSeqNum" required="N"/>
      <field name="MaxMessageSize" required="N"/>
      <group name="NoMsgTypes" required="N">
        <field name="RefMsgType" required="N"/>
        <field name="MsgDirection" required="N"/>
      </group>
      <field name="TestMessageIndicator" required="N"/>
      <field name="Username" required="N"/>
      <field name="Password" required="N"/>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="NewOrderSingle" msgtype="D" msgcat="app">
      <field name="ClOrdID" required="Y"/>
      <field name="Account" required="N"/>
      <group name="NoPartyIDs" required="N">
        <field name="PartyID" required="N"/>
        <field name="PartyIDSource" required="N"/>
        <field name="PartyRole" required="N"/>
        <group name="NoPartySubIDs" required="N">
          <field name="PartySubID" required="N"/>
          <field name="PartySubIDType" required="N"/>
        </group>
      </group>
      <field name="Symbol" required="Y"/>
      <field name="SecurityID" required="N"/>
      <field name="SecurityIDSource" required="N"/>
      <group name="NoSecurityAltID" required="N">
        <field name="SecurityAltID" required="N"/>
        <field name="SecurityAltIDSource" required="N"/>
      </group>
      <field name="CFICode" required="N"/>
      <field name="SecurityType" required="N"/>
      <field name="MaturityMonthYear" required="N"/>
      <field name="MaturityDate" required="N"/>
      <field name="SecurityExchange" required="N"/>
      <field name="ContractMultiplier" required="N"/>
      <field name="PutOrCall" required="N"/>
      <field name="StrikePrice" required="N"/>
      <field name="Issuer" required="N"/>
      <field name="SecurityDesc" required="N"/>
      <field name="ExecInst" required="N"/>
      <field name="ExDestination" required="N"/>
      <field name="Side" required="Y"/>
      <field name="OrderQty" required="Y"/>
      <field name="OrdType" required="Y"/>
      <field name="Price" required="N"/>
      <field name="StopPx" required="N"/>
      <field name="PriceType" required="N"/>
      <field name="Currency" required="N"/>
      <field name="TimeInForce" required="N"/>
      <field name="TransactTime" required="Y"/>
      <field name="HandlInst" required="N"/>
      <field name="SettlType" required="N"/>
      <field name="SettlDate" required="N"/>
      <field name="OrderCapacity" required="N"/>
      <field name="TradingSessionID" required="N"/>
      <field name="LocateReqd" required="N"/>
      <field name="SecondaryClOrdID" required="N"/>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="OrderCancelRequest" msgtype="F" msgcat="app">
      <field name="OrigClOrdID" required="Y"/>
      <field name="OrderID" required="N"/>
      <field name="ClOrdID" required="Y"/>
      <field name="Account" required="N"/>
      <group name="NoPartyIDs" required="N">
        <field name="PartyID" required="N"/>
        <field name="PartyIDSource" required="N"/>
        <field name="PartyRole" required="N"/>
        <group name="NoPartySubIDs" required="N">
          <field name="PartySubID" required="N"/>
          <field name="PartySubIDType" required="N"/>
        </group>
      </group>
      <field name="Symbol" required="Y"/>
      <field name="SecurityID" required="N"/>
      <field name="SecurityIDSource" required="N"/>
      <group name="NoSecurityAltID" required="N">
        <field name="SecurityAltID" required="N"/>
        <field name="SecurityAltIDSource" required="N"/>
      </group>
      <field name="CFICode" required="N"/>
      <field name="SecurityType" required="N"/>
      <field name="MaturityMonthYear" required="N"/>
      <field name="MaturityDate" required="N"/>
      <field name="SecurityExchange" required="N"/>
      <field name="ContractMultiplier" required="N"/>
      <field name="PutOrCall" required="N"/>
      <field name="StrikePrice" required="N"/>
      <field name="Issuer" required="N"/>
      <field name="SecurityDesc" required="N"/>
      <field name="Side" required="Y"/>
      <field name="TransactTime" required="Y"/>
      <field name="OrderQty" required="N"/>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="OrderCancelReplaceRequest" msgtype="G" msgcat="app">
      <field name="OrderID" required="N"/>
      <field name="OrigClOrdID" required="Y"/>
      <field name="ClOrdID" required="Y"/>
      <field name="Account" required="N"/>
      <group name="NoPartyIDs" required="N">
        <field name="PartyID" required="N"/>
        <field name="PartyIDSource" required="N"/>
        <field name="PartyRole" required="N"/>
        <group name="NoPartySubIDs" required="N">
          <field name="PartySubID" required="N"/>
          <field name="PartySubIDType" required="N"/>
        </group>
      </group>
      <field name="Symbol" required="Y"/>
      <field name="SecurityID" required="N"/>
      <field name="SecurityIDSource" required="N"/>
      <group name="NoSecurityAltID" required="N">
        <field name="SecurityAltID" required="N"/>
        <field name="SecurityAltIDSource" required="N"/>
      </group>
      <field name="CFICode" required="N"/>
      <field name="SecurityType" required="N"/>
      <field name="MaturityMonthYear" required="N"/>
      <field name="MaturityDate" required="N"/>
      <field name="SecurityExchange" required="N"/>
      <field name="ContractMultiplier" required="N"/>
      <field name="PutOrCall" required="N"/>
      <field name="StrikePrice" required="N"/>
      <field name="Issuer" required="N"/>
      <field name="SecurityDesc" required="N"/>
      <field name="ExecInst" required="N"/>
      <field name="ExDestination" required="N"/>
      <field name="Side" required="Y"/>
      <field name="OrderQty" required="Y"/>
      <field name="OrdType" required="Y"/>
      <field name="Price" required="N"/>
      <field name="StopPx" required="N"/>
      <field name="PriceType" required="N"/>
      <field name="Currency" required="N"/>
      <field name="TimeInForce" required="N"/>
      <field name="TransactTime" required="Y"/>
      <field name="HandlInst" required="N"/>
      <field name="SettlType" required="N"/>
      <field name="SettlDate" required="N"/>
      <field name="OrderCapacity" required="N"/>
      <field name="TradingSessionID" required="N"/>
      <field name="LocateReqd" required="N"/>
      <field name="SecondaryClOrdID" required="N"/>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="OrderStatusRequest" msgtype="H" msgcat="app">
      <field name="OrderID" required="N"/>
      <field name="ClOrdID" required="Y"/>
      <field name="OrdStatusReqID" required="N"/>
      <field name="Account" required="N"/>
      <field name="Symbol" required="Y"/>
      <field name="SecurityID" required="N"/>
      <field name="SecurityIDSource" required="N"/>
      <group name="NoSecurityAltID" required="N">
        <field name="SecurityAltID" required="N"/>
        <field name="SecurityAltIDSource" required="N"/>
      </group>
      <field name="CFICode" required="N"/>
      <field name="SecurityType" required="N"/>
      <field name="MaturityMonthYear" required="N"/>
      <field name="MaturityDate" required="N"/>
      <field name="SecurityExchange" required="N"/>
      <field name="ContractMultiplier" required="N"/>
      <field name="PutOrCall" required="N"/>
      <field name="StrikePrice" required="N"/>
      <field name="Issuer" required="N"/>
      <field name="SecurityDesc" required="N"/>
      <field name="Side" required="Y"/>
    </message>
    <message name="OrderMassStatusRequest" msgtype="AF" msgcat="app">
      <field name="MassStatusReqID" required="Y"/>
      <field name="MassStatusReqType" required="Y"/>
      <field name="Account" required="N"/>
      <field name="Symbol" required="N"/>
      <field name="Side" required="N"/>
    </message>
    <message name="DontKnowTrade" msgtype="Q" msgcat="app">
      <field name="OrderID" required="Y"/>
      <field name="ExecID" required="Y"/>
      <field name="DKReason" required="Y"/>
      <field name="Symbol" required="Y"/>
      <field name="SecurityID" required="N"/>
      <field name="SecurityIDSource" required="N"/>
      <group name="NoSecurityAltID" required="N">
        <field name="SecurityAltID" required="N"/>
        <field name="SecurityAltIDSource" required="N"/>
      </group>
      <field name="CFICode" required="N"/>
      <field name="SecurityType" required="N"/>
      <field name="MaturityMonthYear" required="N"/>
      <field name="MaturityDate" required="N"/>
      <field name="SecurityExchange" required="N"/>
      <field name="ContractMultiplier" required="N"/>
      <field name="PutOrCall" required="N"/>
      <field name="StrikePrice" required="N"/>
      <field name="Issuer" required="N"/>
      <field name="SecurityDesc" required="N"/>
      <field name="Side" required="Y"/>
      <field name="OrderQty" required="N"/>
      <field name="LastQty" required="N"/>
      <field name="LastPx" required="N"/>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="BusinessMessageReject" msgtype="j" msgcat="app">
      <field name="RefSeqNum" required="N"/>
      <field name="RefMsgType" required="Y"/>
      <field name="BusinessRejectRefID" required="N"/>
      <field name="BusinessRejectReason" required="Y"/>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="OrderMassCancelRequest" msgtype="q" msgcat="app">
      <field name="ClOrdID" required="Y"/>
      <field name="MassCancelRequestType" required="Y"/>
      <field name="TradingSessionID" required="N"/>
      <field name="Symbol" required="N"/>
      <field name="SecurityID" required="N"/>
      <field name="SecurityIDSource" required="N"/>
      <group name="NoSecurityAltID" required="N">
        <field name="SecurityAltID" required="N"/>
        <field name="SecurityAltIDSource" required="N"/>
      </group>
      <field name="CFICode" required="N"/>
      <field name="SecurityType" required="N"/>
      <field name="MaturityMonthYear" required="N"/>
      <field name="MaturityDate" required="N"/>
      <field name="SecurityExchange" required="N"/>
      <field name="ContractMultiplier" required="N"/>
      <field name="PutOrCall" required="N"/>
      <field name="StrikePrice" required="N"/>
      <field name="Issuer" required="N"/>
      <field name="SecurityDesc" required="N"/>
      <field name="Side" required="N"/>
      <field name="TransactTime" required="Y"/>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
    <message name="OrderMassCancelReport" msgtype="r" msgcat="app">
      <field name="ClOrdID" required="N"/>
      <field name="OrderID" required="Y"/>
      <field name="MassCancelRequestType" required="Y"/>
      <field name="MassCancelResponse" required="Y"/>
      <field name="MassCancelRejectReason" required="N"/>
      <field name="TotalAffectedOrders" required="N"/>
      <field name="TradingSessionID" required="N"/>
      <field name="Symbol" required="N"/>
      <field name="SecurityID" required="N"/>
      <field name="SecurityIDSource" required="N"/>
      <group name="NoSecurityAltID" required="N">
        <field name="SecurityAltID" required="N"/>
        <field name="SecurityAltIDSource" required="N"/>
      </group>
      <field name="CFICode" required="N"/>
      <field name="SecurityType" required="N"/>
      <field name="MaturityMonthYear" required="N"/>
      <field name="MaturityDate" required="N"/>
      <field name="SecurityExchange" required="N"/>
      <field name="ContractMultiplier" required="N"/>
      <field name="PutOrCall" required="N"/>
      <field name="StrikePrice" required="N"/>
      <field name="Issuer" required="N"/>
      <field name="SecurityDesc" required="N"/>
      <field name="Side" required="N"/>
      <field name="TransactTime" required="N"/>
      <field name="Text" required="N"/>
      <field name="EncodedTextLen" required="N"/>
      <field name="EncodedText" required="N"/>
    </message>
  </messages>
  <trailer>
    <field name="SignatureLength" required="false"/>
    <field name="Signature" required="false"/>
    <field name="CheckSum" required="true"/>
  </trailer>
  <components/>
  <fields>
    <field number="1" name="Account" type="STRING"/>
    <field number="6" name="AvgPx" type="PRICE"/>
    <field number="7" name="BeginSeqNo" type="SEQNUM"/>
    <field number="8" name="BeginString" type="STRING"/>
    <field number="9" name="BodyLength" type="LENGTH"/>
    <field number="10" name="CheckSum" type="STRING"/>
    <field number="11" name="ClOrdID" type="STRING"/>
    <field number="14" name="CumQty" type="QTY"/>
    <field number="15" name="Currency" type="CURRENCY"/>
    <field number="16" name="EndSeqNo" type="SEQNUM"/>
    <field number="17" name="ExecID" type="STRING"/>
    <field number="18" name="ExecInst" type="STRING"/>
    <field number="19" name="ExecRefID" type="STRING"/>
    <field number="21" name="HandlInst" type="CHAR"/>
    <field number="22" name="SecurityIDSource" type="STRING"/>
    <field number="31" name="LastPx" type="PRICE"/>
    <field number="32" name="LastQty" type="QTY"/>
    <field number="34" name="MsgSeqNum" type="SEQNUM"/>
    <field number="35" name="MsgType" type="STRING"/>
    <field number="36" name="NewSeqNo" type="SEQNUM"/>
    <field number="37" name="OrderID" type="STRING"/>
    <field number="38" name="OrderQty" type="QTY"/>
    <field number="39" name="OrdStatus" type="CHAR"/>
    <field number="40" name="OrdType" type="CHAR"/>
    <field number="41" name="OrigClOrdID" type="STRING"/>
    <field number="43" name="PossDupFlag" type="BOOLEAN"/>
    <field number="44" name="Price" type="PRICE"/>
    <field number="45" name="RefSeqNum" type="SEQNUM"/>
    <field number="48" name="SecurityID" type="STRING"/>
    <field number="49" name="SenderCompID" type="STRING"/>
    <field number="50" name="SenderSubID" type="STRING"/>
    <field number="52" name="SendingTime" type="UTCTIMESTAMP"/>
    <field number="54" name="Side" type="CHAR"/>
    <field number="55" name="Symbol" type="STRING"/>
    <field number="56" name="TargetCompID" type="STRING"/>
    <field number="57" name="TargetSubID" type="STRING"/>
    <field number="58" name="Text" type="STRING"/>
    <field number="59" name="TimeInForce" type="CHAR"/>
    <field number="60" name="TransactTime" type="UTCTIMESTAMP"/>
    <field number="63" name="SettlType" type="CHAR"/>
    <field number="64" name="SettlDate" type="LOCALMKTDATE"/>
    <field number="75" name="TradeDate" type="LOCALMKTDATE"/>
    <field number="89" name="Signature" type="STRING"/>
    <field number="90" name="SecureDataLen" type="LENGTH"/>
    <field number="91" name="SecureData" type="STRING"/>
    <field number="93" name="SignatureLength" type="LENGTH"/>
    <field number="95" name="RawDataLength" type="LENGTH"/>
    <field number="96" name="RawData" type="STRING"/>
    <field number="97" name="PossResend" type="BOOLEAN"/>
    <field number="98" name="EncryptMethod" type="INT"/>
    <field number="99" name="StopPx" type="PRICE"/>
    <field number="100" name="ExDestination" type="EXCHANGE"/>
    <field number="102" name="CxlRejReason" type="INT"/>
    <field number="103" name="OrdRejReason" type="INT"/>
    <field number="106" name="Issuer" type="STRING"/>
    <field number="107" name="SecurityDesc" type="STRING"/>
    <field number="108" name="HeartBtInt" type="INT"/>
    <field number="112" name="TestReqID" type="STRING"/>
    <field number="114" name="LocateReqd" type="BOOLEAN"/>
    <field number="115" name="OnBehalfOfCompID" type="STRING"/>
    <field number="116" name="OnBehalfOfSubID" type="STRING"/>
    <field number="122" name="OrigSendingTime" type="UTCTIMESTAMP"/>
    <field number="123" name="GapFillFlag" type="BOOLEAN"/>
    <field number="127" name="DKReason" type="CHAR"/>
    <field number="128" name="DeliverToCompID" type="STRING"/>
    <field number="129" name="DeliverToSubID" type="STRING"/>
    <field number="136" name="NoMiscFees" type="NUMINGROUP"/>
    <field number="137" name="MiscFeeAmt" type="AMT"/>
    <field number="138" name="MiscFeeCurr" type="CURRENCY"/>
    <field number="139" name="MiscFeeType" type="STRING"/>
    <field number="141" name="ResetSeqNumFlag" type="BOOLEAN"/>
    <field number="142" name="SenderLocationID" type="STRING"/>
    <field number="143" name="TargetLocationID" type="STRING"/>
    <field number="144" name="OnBehalfOfLocationID" type="STRING"/>
    <field number="145" name="DeliverToLocationID" type="STRING"/>
    <field number="150" name="ExecType" type="CHAR"/>
    <field number="151" name="LeavesQty" type="QTY"/>
    <field number="167" name="SecurityType" type="STRING"/>
    <field number="198" name="SecondaryOrderID" type="STRING"/>
    <field number="200" name="MaturityMonthYear" type="MONTHYEAR"/>
    <field number="201" name="PutOrCall" type="INT"/>
    <field number="202" name="StrikePrice" type="PRICE"/>
    <field number="207" name="SecurityExchange" type="EXCHANGE"/>
    <field number="212" name="XmlDataLen" type="LENGTH"/>
    <field number="213" name="XmlData" type="STRING"/>
    <field number="231" name="ContractMultiplier" type="FLOAT"/>
    <field number="336" name="TradingSessionID" type="STRING"/>
    <field number="337" name="ContraTrader" type="STRING"/>
    <field number="347" name="MessageEncoding" type="STRING"/>
    <field number="354" name="EncodedTextLen" type="LENGTH"/>
    <field number="355" name="EncodedText" type="STRING"/>
    <field number="369" name="LastMsgSeqNumProcessed" type="SEQNUM"/>
    <field number="371" name="RefTagID" type="INT"/>
    <field number="372" name="RefMsgType" type="STRING"/>
    <field number="373" name="SessionRejectReason" type="INT"/>
    <field number="375" name="ContraBroker" type="STRING"/>
    <field number="378" name="ExecRestatementReason" type="INT"/>
    <field number="379" name="BusinessRejectRefID" type="STRING"/>
    <field number="380" name="BusinessRejectReason" type="INT"/>
    <field number="382" name="NoContraBrokers" type="NUMINGROUP"/>
    <field number="383" name="MaxMessageSize" type="LENGTH"/>
    <field number="384" name="NoMsgTypes" type="NUMINGROUP"/>
    <field number="385" name="MsgDirection" type="CHAR"/>
    <field number="423" name="PriceType" type="INT"/>
    <field number="434" name="CxlRejResponseTo" type="CHAR"/>
    <field number="437" name="ContraTradeQty" type="QTY"/>
    <field number="438" name="ContraTradeTime" type="UTCTIMESTAMP"/>
    <field number="442" name="MultiLegReportingType" type="CHAR"/>
    <field number="447" name="PartyIDSource" type="CHAR"/>
    <field number="448" name="PartyID" type="STRING"/>
    <field number="452" name="PartyRole" type="INT"/>
    <field number="453" name="NoPartyIDs" type="NUMINGROUP"/>
    <field number="454" name="NoSecurityAltID" type="NUMINGROUP"/>
    <field number="455" name="SecurityAltID" type="STRING"/>
    <field number="456" name="SecurityAltIDSource" type="STRING"/>
    <field number="461" name="CFICode" type="STRING"/>
    <field number="464" name="TestMessageIndicator" type="BOOLEAN"/>
    <field number="523" name="PartySubID" type="STRING"/>
    <field number="526" name="SecondaryClOrdID" type="STRING"/>
    <field number="527" name="SecondaryExecID" type="STRING"/>
    <field number="528" name="OrderCapacity" type="CHAR"/>
    <field number="530" name="MassCancelRequestType" type="CHAR"/>
    <field number="531" name="MassCancelResponse" type="CHAR"/>
    <field number="532" name="MassCancelRejectReason" type="CHAR"/>
    <field number="533" name="TotalAffectedOrders" type="INT"/>
    <field number="541" name="MaturityDate" type="LOCALMKTDATE"/>
    <field number="553" name="Username" type="STRING"/>
    <field number="554" name="Password" type="STRING"/>
    <field number="555" name="NoLegs" type="NUMINGROUP"/>
    <field number="556" name="LegCurrency" type="CURRENCY"/>
    <field number="564" name="LegPositionEffect" type="CHAR"/>
    <field number="565" name="LegCoveredOrUncovered" type="INT"/>
    <field number="566" name="LegPrice" type="PRICE"/>
    <field number="584" name="MassStatusReqID" type="STRING"/>
    <field number="585" name="MassStatusReqType" type="INT"/>
    <field number="587" name="LegSettlType" type="CHAR"/>
    <field number="588" name="LegSettlDate" type="LOCALMKTDATE"/>
    <field number="600" name="LegSymbol" type="STRING"/>
    <field number="602" name="LegSecurityID" type="STRING"/>
    <field number="603" name="LegSecurityIDSource" type="STRING"/>
    <field number="608" name="LegCFICode" type="STRING"/>
    <field number="609" name="LegSecurityType" type="STRING"/>
    <field number="610" name="LegMaturityMonthYear" type="MONTHYEAR"/>
    <field number="611" name="LegMaturityDate" type="LOCALMKTDATE"/>
    <field number="616" name="LegSecurityExchange" type="EXCHANGE"/>
    <field number="620" name="LegSecurityDesc" type="STRING"/>
    <field number="623" name="LegRatioQty" type="FLOAT"/>
    <field number="624" name="LegSide" type="CHAR"/>
    <field number="627" name="NoHops" type="NUMINGROUP"/>
    <field number="628" name="HopCompID" type="STRING"/>
    <field number="629" name="HopSendingTime" type="UTCTIMESTAMP"/>
    <field number="630" name="HopRefID" type="SEQNUM"/>
    <field number="637" name="LegLastPx" type="PRICE"/>
    <field number="654" name="LegRefID" type="STRING"/>
    <field number="655" name="ContraLegRefID" type="STRING"/>
    <field number="687" name="LegQty" type="QTY"/>
    <field number="789" name="NextExpectedMsgSeqNum" type="SEQNUM"/>
    <field number="790" name="OrdStatusReqID" type="STRING"/>
    <field number="802" name="NoPartySubIDs" type="NUMINGROUP"/>
    <field number="803" name="PartySubIDType" type="INT"/>
    <field number="891" name="MiscFeeBasis" type="INT"/>
    <field number="911" name="TotNumReports" type="INT"/>
    <field number="912" name="LastRptRequested" type="BOOLEAN"/>
  </fields>
</fix>
)xml";
// clang-format on

const std::size_t kFix44DictionarySize = sizeof(kFix44Dictionary) - 1;

}  // namespace fix
}  // namespace evenkeel
